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

// x[0] + p^2 x[2] + p^4 x[4] and p x[1] + p^3 x[3] of r values: their sum and difference are the weights at p and -p.
CK_INLINE vf winograd_even(const size_t r, const vf *x, const float square) {
  return r == 3 ? x[0] + square * x[2] : x[0] + square * (x[2] + square * x[4]);
}
CK_INLINE vf winograd_odd(const size_t r, const vf *x, const float point) {
  return r == 3 ? point * x[1] : point * (x[1] + point * point * x[3]);
}

// y = G x: r values to n.
CK_INLINE void winograd_weight(const size_t n, const size_t r, const vf *x, vf *y) {
  const vf even1 = winograd_even(r, x, 1), odd1 = winograd_odd(r, x, 1);
  y[n - 1] = x[r - 1];
  if (n == 4) {
    y[0] = x[0];
    y[1] = 0.5f * even1 + 0.5f * odd1;
    y[2] = 0.5f * even1 - 0.5f * odd1;
    return;
  }
  const vf even2 = winograd_even(r, x, 4), odd2 = winograd_odd(r, x, 2);
  const float scale1 = n == 6 ? -1.0f / 6 : -2.0f / 9, scale2 = n == 6 ? 1.0f / 24 : 1.0f / 90;
  y[0] = n == 6 ? 0.25f * x[0] : x[0];
  y[1] = scale1 * even1 + scale1 * odd1;
  y[2] = scale1 * even1 - scale1 * odd1;
  y[3] = scale2 * even2 + scale2 * odd2;
  y[4] = scale2 * even2 - scale2 * odd2;
  if (n == 6) return;
  const vf even3 = winograd_even(r, x, 0.25f), odd3 = winograd_odd(r, x, 0.5f);
  y[5] = (1.0f / 45) * even3 + (1.0f / 45) * odd3;
  y[6] = (1.0f / 45) * even3 - (1.0f / 45) * odd3;
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

// y = A x: m values to n, the gradients of m results at the points.
CK_INLINE void winograd_gradient(const size_t n, const size_t m, const vf *x, vf *y) {
  vf even1 = x[0], odd1 = x[1];
  if (m > 2) even1 += x[2], odd1 += x[3];
  if (m > 4) even1 += x[4], odd1 += x[5];
  y[0] = x[0];
  y[1] = even1 + odd1;
  y[2] = even1 - odd1;
  y[n - 1] = n == 4 ? -x[m - 1] : x[m - 1];
  if (n == 4) return;
  vf even2 = x[0], odd2 = 2 * x[1];
  if (m > 2) even2 += 4 * x[2], odd2 += 8 * x[3];
  if (m > 4) even2 += 16 * x[4], odd2 += 32 * x[5];
  y[3] = even2 + odd2;
  y[4] = even2 - odd2;
  if (n == 6) return;
  vf even3 = 32 * x[0] + 8 * x[2], odd3 = 16 * x[1] + 4 * x[3];
  if (m > 4) even3 += 2 * x[4], odd3 += x[5];
  y[5] = even3 + odd3;
  y[6] = even3 - odd3;
}

// y = G^T x: n values to r, the gradients of the weights.
CK_INLINE void winograd_weight_result(const size_t n, const size_t r, const vf *x, vf *y) {
  const float scale1 = n == 4 ? 0.5f : n == 6 ? -1.0f / 6 : -2.0f / 9;
  const vf even1 = scale1 * (x[1] + x[2]), odd1 = scale1 * (x[1] - x[2]);
  y[0] = (n == 6 ? 0.25f * x[0] : x[0]) + even1;
  y[1] = odd1;
  y[2] = even1;
  if (r > 3) y[3] = odd1, y[4] = even1;
  if (n > 4) {
    const float scale2 = n == 6 ? 1.0f / 24 : 1.0f / 90;
    const vf even2 = scale2 * (x[3] + x[4]), odd2 = scale2 * (x[3] - x[4]);
    y[0] += even2;
    y[1] += 2 * odd2;
    y[2] += 4 * even2;
    if (r > 3) y[3] += 8 * odd2, y[4] += 16 * even2;
  }
  if (n > 6) {
    const vf even3 = (1.0f / 45) * (x[5] + x[6]), odd3 = (1.0f / 45) * (x[5] - x[6]);
    y[0] += even3;
    y[1] += 0.5f * odd3;
    y[2] += 0.25f * even3;
    if (r > 3) y[3] += 0.125f * odd3, y[4] += 0.0625f * even3;
  }
  y[r - 1] += x[n - 1];
}

// From `side` x `side` pixels to n x n points, by one of the matrices above: one vector of `left` channels. `left` is a
// constant at all calls but that for the last vector, so that the loops do not ask.
CK_INLINE void winograd_points_vector(const size_t n, const size_t side, const size_t left,
                                      void (*const transform)(size_t, size_t, const vf *, vf *),
                                      const float *const *pixel, float *output, size_t point_stride,
                                      size_t c) {
  vf half[CK_WINOGRAD_LARGEST][CK_WINOGRAD_LARGEST];
#pragma clang loop unroll(full)
  for (size_t j = 0; j < side; j++) {
    vf x[CK_WINOGRAD_LARGEST], y[CK_WINOGRAD_LARGEST];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < side; i++) x[i] = load_some(pixel[i * side + j] + c, left);
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
                                    const float *const *pixel, size_t channels, float *output,
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
    float *row = r->output + i * r->output_row_stride + c;
    const float *residual = adds ? r->residual + i * r->residual_row_stride + c : NULL;
#pragma clang loop unroll(full)
    for (size_t j = 0; j < m; j++) {
      if (j >= r->columns) continue;
      vf value = y[j] + bias;
      if (adds) value += load_some(residual + j * r->residual_pixel_stride, left);
      store_some(row + j * r->output_pixel_stride, activate(value, a), left);
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
    activate_stored(r->activation, r->columns, channels, r->output + i * r->output_row_stride,
                    r->output_pixel_stride);
}

CK_INLINE void winograd_weights_body(const size_t n, const size_t r, const float *weights,
                                     ptrdiff_t tap_stride, size_t outputs, ptrdiff_t output_stride,
                                     float *packed, size_t point_stride) {
  for (size_t first = 0; first < outputs; first += CK_VECTOR) {
    const size_t left = outputs - first < CK_VECTOR ? outputs - first : CK_VECTOR;
    vf half[CK_WINOGRAD_LARGEST][CK_WINOGRAD_LARGEST];
    for (size_t j = 0; j < r; j++) {
      vf x[CK_WINOGRAD_LARGEST], y[CK_WINOGRAD_LARGEST];
      for (size_t i = 0; i < r; i++) {
        x[i] = (vf){0};
        const float *tap = weights + (ptrdiff_t)(i * r + j) * tap_stride;
        for (size_t o = 0; o < left; o++) x[i][o] = tap[(ptrdiff_t)(first + o) * output_stride];
      }
      winograd_weight(n, r, x, y);
      for (size_t i = 0; i < n; i++) half[i][j] = y[i];
    }
    for (size_t i = 0; i < n; i++) {
      vf y[CK_WINOGRAD_LARGEST];
      winograd_weight(n, r, half[i], y);
      for (size_t j = 0; j < n; j++) store(packed + (i * n + j) * point_stride + first, y[j]);
    }
  }
}

CK_INLINE void winograd_weight_results_body(const size_t n, const size_t r, const float *input,
                                            size_t point_stride, size_t channels, float *output,
                                            size_t tap_stride) {
  CK_EACH_VECTOR(c, left, channels) {
    vf half[CK_WINOGRAD_LARGEST][CK_WINOGRAD_LARGEST];
    winograd_columns(n, r, winograd_weight_result, input + c, point_stride, left, half);
    for (size_t i = 0; i < r; i++) {
      vf y[CK_WINOGRAD_LARGEST];
      winograd_weight_result(n, r, half[i], y);
#pragma clang loop unroll(full)
      for (size_t j = 0; j < r; j++) store_some(output + (i * r + j) * tap_stride + c, y[j], left);
    }
  }
}

// Calls `body` with n, r and m = n - r + 1 as constants.
#define CK_WINOGRAD_SIZES(body) \
  if (n == 4) body(4, 3, 2); \
  else if (n == 6 && r == 3) body(6, 3, 4); \
  else if (n == 6) body(6, 5, 2); \
  else if (r == 3) body(8, 3, 6); \
  else body(8, 5, 4)

static void CK(winograd_input)(size_t n, const float *const *pixel, size_t channels, float *output,
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

static void CK(winograd_weights)(size_t n, size_t r, const float *weights, ptrdiff_t tap_stride,
                                 size_t outputs, ptrdiff_t output_stride, float *packed,
                                 size_t point_stride) {
#define CK_BODY(N, R, M) \
  winograd_weights_body(N, R, weights, tap_stride, outputs, output_stride, packed, point_stride)
  CK_WINOGRAD_SIZES(CK_BODY);
#undef CK_BODY
}

static void CK(winograd_gradient)(size_t n, size_t r, const float *const *pixel, size_t channels,
                                  float *output, size_t point_stride) {
#define CK_BODY(N, R, M) winograd_points_body(N, M, winograd_gradient, pixel, channels, output, point_stride)
  CK_WINOGRAD_SIZES(CK_BODY);
#undef CK_BODY
}

static void CK(winograd_weight_results)(size_t n, size_t r, const float *input, size_t point_stride,
                                        size_t channels, float *output, size_t tap_stride) {
#define CK_BODY(N, R, M) winograd_weight_results_body(N, R, input, point_stride, channels, output, tap_stride)
  CK_WINOGRAD_SIZES(CK_BODY);
#undef CK_BODY
}
#undef CK_WINOGRAD_SIZES
