// The transforms of Winograd convolution F(m x m, r x r) for kernels of r = 3 and 5: Lavin and Gray, "Fast
// algorithms for convolutional neural networks", arXiv:1509.09308. Interpolation points are 0, 1, -1 where
// n = m + r - 1 is 4, and 2, -2 where it is 6, and 1/2, -1/2 where it is 8, and infinity.
//
// Each matrix is applied to the columns, then to the rows. Vectors run along the channels.

#define CK_WINOGRAD_LARGEST 8

// y = B^T x, n values to n.
CK_INLINE void winograd_data(const size_t n, const size_t side, const vf *x, vf *y) {
  (void)side;
  if (n == 4) {
    y[0] = x[0] - x[2];
    y[1] = x[1] + x[2];
    y[2] = x[2] - x[1];
    y[3] = x[1] - x[3];
  } else if (n == 6) {
    const vf even1 = x[4] - 4 * x[2], odd1 = x[3] - 4 * x[1];
    const vf even2 = x[4] - x[2], odd2 = 2 * (x[3] - x[1]);
    y[0] = 4 * x[0] - 5 * x[2] + x[4];
    y[1] = even1 + odd1;
    y[2] = even1 - odd1;
    y[3] = even2 + odd2;
    y[4] = even2 - odd2;
    y[5] = 4 * x[1] - 5 * x[3] + x[5];
  } else {
    const vf even1 = x[2] + x[6] - 4.25f * x[4], odd1 = x[1] + x[5] - 4.25f * x[3];
    const vf even2 = x[6] + 0.25f * x[2] - 1.25f * x[4], odd2 = 0.5f * x[1] - 2.5f * x[3] + 2 * x[5];
    const vf even3 = x[6] + 4 * x[2] - 5 * x[4], odd3 = 2 * x[1] - 2.5f * x[3] + 0.5f * x[5];
    y[0] = x[0] - x[6] + 5.25f * (x[4] - x[2]);
    y[1] = even1 + odd1;
    y[2] = even1 - odd1;
    y[3] = even2 + odd2;
    y[4] = even2 - odd2;
    y[5] = even3 + odd3;
    y[6] = even3 - odd3;
    y[7] = x[7] - x[1] + 5.25f * (x[3] - x[5]);
  }
}

// y = A^T x: n values to m.
CK_INLINE void winograd_result(const size_t n, const size_t m, const vf *x, vf *y) {
  const vf sum1 = x[1] + x[2], difference1 = x[1] - x[2];
  y[0] = x[0] + sum1;
  y[1] = difference1;
  if (n > 4) {
    const vf sum2 = x[3] + x[4], difference2 = x[3] - x[4];
    y[0] += sum2;
    y[1] += 2 * difference2;
    if (m > 2) {
      y[2] = sum1 + 4 * sum2;
      y[3] = difference1 + 8 * difference2;
    }
    if (m > 4) {
      y[4] = sum1 + 16 * sum2;
      y[5] = difference1 + 32 * difference2;
    }
  }
  if (n > 6) {
    const vf sum3 = x[5] + x[6], difference3 = x[5] - x[6];
    y[0] += 32 * sum3;
    y[1] += 16 * difference3;
    y[2] += 8 * sum3;
    y[3] += 4 * difference3;
    if (m > 4) {
      y[4] += 2 * sum3;
      y[5] += difference3;
    }
  }
  y[m - 1] += n == 4 ? -x[n - 1] : x[n - 1];
}

// From `side` x `side` pixels to n x n points, by one of the matrices above: one vector of `left` channels. `left` is a
// constant at all calls but that for the last vector, so that the loops do not ask.
CK_INLINE void winograd_points_vector(const size_t n, const size_t side, const size_t left,
                                      void (*const transform)(size_t, size_t, const vf *, vf *),
                                      const void *const *pixel, float *output, size_t point_stride,
                                      size_t c) {
  vf half[CK_WINOGRAD_LARGEST][CK_WINOGRAD_LARGEST];
#pragma clang loop unroll(full)
  for (size_t j = 0; j < side; j++) {
    vf x[CK_WINOGRAD_LARGEST], y[CK_WINOGRAD_LARGEST];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < side; i++) x[i] = load_values((const map_value *)pixel[i * side + j] + c, left);
    transform(n, side, x, y);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < n; i++) half[i][j] = y[i];
  }
#pragma clang loop unroll(full)
  for (size_t i = 0; i < n; i++) {
    vf y[CK_WINOGRAD_LARGEST];
    transform(n, side, half[i], y);
#pragma clang loop unroll(full)
    for (size_t j = 0; j < n; j++) store_some(output + (i * n + j) * point_stride + c, y[j], left);
  }
}

CK_INLINE void winograd_points_body(const size_t n, const size_t side,
                                    void (*const transform)(size_t, size_t, const vf *, vf *),
                                    const void *const *pixel, size_t channels, float *output,
                                    size_t point_stride) {
  const size_t whole = channels - channels % CK_VECTOR;
  for (size_t c = 0; c < whole; c += CK_VECTOR)
    winograd_points_vector(n, side, CK_VECTOR, transform, pixel, output, point_stride, c);
  if (whole < channels)
    winograd_points_vector(n, side, channels - whole, transform, pixel, output, point_stride, whole);
}

// The columns of n x n points, each transformed to `rows` values.
CK_INLINE void winograd_columns(const size_t n, const size_t rows,
                                void (*const transform)(size_t, size_t, const vf *, vf *), const float *input,
                                size_t point_stride, size_t left, vf half[][CK_WINOGRAD_LARGEST]) {
  for (size_t j = 0; j < n; j++) {
    vf x[CK_WINOGRAD_LARGEST], y[CK_WINOGRAD_LARGEST];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < n; i++) x[i] = load_some(input + (i * n + j) * point_stride, left);
    transform(n, rows, x, y);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) half[i][j] = y[i];
  }
}

// One vector of `left` channels of a tile of results. `left`, as above, and `adds`, whether there is a residual, are
// constants.
CK_INLINE void winograd_output_vector(const size_t n, const size_t m, const int adds, const size_t left,
                                      const float *input, size_t point_stride, const ck_winograd_result *r,
                                      const ck_activation a, size_t c) {
  vf half[CK_WINOGRAD_LARGEST][CK_WINOGRAD_LARGEST];
  winograd_columns(n, m, winograd_result, input + c, point_stride, left, half);
  const vf bias = load_some(r->bias + c, left);
  for (size_t i = 0; i < r->rows; i++) {
    vf y[CK_WINOGRAD_LARGEST];
    winograd_result(n, m, half[i], y);
    map_value *row = (map_value *)r->output + i * r->output_row_stride + c;
    const map_value *residual = adds ? (const map_value *)r->residual + i * r->residual_row_stride + c : NULL;
#pragma clang loop unroll(full)
    for (size_t j = 0; j < m; j++) {
      if (j >= r->columns) continue;
      vf value = y[j] * r->factor + bias;
      if (adds) value += load_values(residual + j * r->residual_pixel_stride, left);
      store_values(row + j * r->output_pixel_stride, activate(value, a), left);
    }
  }
}

CK_INLINE void winograd_output_body(const size_t n, const size_t m, const float *input, size_t point_stride,
                                    size_t channels, const ck_winograd_result *r) {
  const ck_activation a = in_registers(r->activation);
  const size_t whole = channels - channels % CK_VECTOR;
  if (r->residual) {
    for (size_t c = 0; c < whole; c += CK_VECTOR)
      winograd_output_vector(n, m, 1, CK_VECTOR, input, point_stride, r, a, c);
  } else {
    for (size_t c = 0; c < whole; c += CK_VECTOR)
      winograd_output_vector(n, m, 0, CK_VECTOR, input, point_stride, r, a, c);
  }
  if (whole < channels)
    winograd_output_vector(n, m, r->residual != NULL, channels - whole, input, point_stride, r, a, whole);
  for (size_t i = 0; i < r->rows; i++)
    activate_stored(r->activation, r->columns, channels, (map_value *)r->output + i * r->output_row_stride,
                    r->output_pixel_stride);
}

// Calls `body` with n, r and m = n - r + 1 as constants.
#define CK_WINOGRAD_SIZES(body) \
  if (n == 4) body(4, 3, 2); \
  else if (n == 6 && r == 3) body(6, 3, 4); \
  else if (n == 6) body(6, 5, 2); \
  else if (r == 3) body(8, 3, 6); \
  else body(8, 5, 4)

static void CK(winograd_input)(size_t n, const void *const *pixel, size_t channels, float *output,
                               size_t point_stride) {
  if (n == 4) winograd_points_body(4, 4, winograd_data, pixel, channels, output, point_stride);
  else if (n == 6) winograd_points_body(6, 6, winograd_data, pixel, channels, output, point_stride);
  else winograd_points_body(8, 8, winograd_data, pixel, channels, output, point_stride);
}

static void CK(winograd_output)(size_t n, size_t r, const float *input, size_t point_stride, size_t channels,
                                const ck_winograd_result *result) {
#define CK_BODY(N, R, M) winograd_output_body(N, M, input, point_stride, channels, result)
  CK_WINOGRAD_SIZES(CK_BODY);
#undef CK_BODY
}
