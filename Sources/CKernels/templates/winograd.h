// The transforms of Winograd convolution F(m x m, 3 x 3) for m = 2, 4, 6: Lavin and Gray, "Fast algorithms
// for convolutional neural networks", arXiv:1509.09308. Interpolation points are 0, 1, -1 (m = 2), and 2, -2
// (m = 4), and 1/2, -1/2 (m = 6), and infinity.
//
// Each matrix is applied to the columns, then to the rows. Vectors run along the channels.

#define CK_WINOGRAD_LARGEST 8

// y = B^T x, n = m + 2 values.
CK_INLINE void winograd_data(const size_t n, const vf *x, vf *y) {
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

// y = G x: 3 values to n.
CK_INLINE void winograd_weight(const size_t n, const vf *x, vf *y) {
  if (n == 4) {
    y[0] = x[0];
    y[1] = 0.5f * (x[0] + x[2]) + 0.5f * x[1];
    y[2] = 0.5f * (x[0] + x[2]) - 0.5f * x[1];
    y[3] = x[2];
  } else if (n == 6) {
    const vf outer1 = (-1.0f / 6) * (x[0] + x[2]), inner1 = (-1.0f / 6) * x[1];
    const vf outer2 = (1.0f / 24) * x[0] + (1.0f / 6) * x[2], inner2 = (1.0f / 12) * x[1];
    y[0] = 0.25f * x[0];
    y[1] = outer1 + inner1;
    y[2] = outer1 - inner1;
    y[3] = outer2 + inner2;
    y[4] = outer2 - inner2;
    y[5] = x[2];
  } else {
    const vf outer1 = (-2.0f / 9) * (x[0] + x[2]), inner1 = (-2.0f / 9) * x[1];
    const vf outer2 = (1.0f / 90) * x[0] + (2.0f / 45) * x[2], inner2 = (1.0f / 45) * x[1];
    const vf outer3 = (1.0f / 45) * x[0] + (1.0f / 180) * x[2], inner3 = (1.0f / 90) * x[1];
    y[0] = x[0];
    y[1] = outer1 + inner1;
    y[2] = outer1 - inner1;
    y[3] = outer2 + inner2;
    y[4] = outer2 - inner2;
    y[5] = outer3 + inner3;
    y[6] = outer3 - inner3;
    y[7] = x[2];
  }
}

// y = A^T x: n values to m = n - 2.
CK_INLINE void winograd_result(const size_t n, const vf *x, vf *y) {
  const vf sum1 = x[1] + x[2], difference1 = x[1] - x[2];
  if (n == 4) {
    y[0] = x[0] + sum1;
    y[1] = difference1 - x[3];
    return;
  }
  const vf sum2 = x[3] + x[4], difference2 = x[3] - x[4];
  if (n == 6) {
    y[0] = x[0] + sum1 + sum2;
    y[1] = difference1 + 2 * difference2;
    y[2] = sum1 + 4 * sum2;
    y[3] = difference1 + 8 * difference2 + x[5];
  } else {
    const vf sum3 = x[5] + x[6], difference3 = x[5] - x[6];
    y[0] = x[0] + sum1 + sum2 + 32 * sum3;
    y[1] = difference1 + 2 * difference2 + 16 * difference3;
    y[2] = sum1 + 4 * sum2 + 8 * sum3;
    y[3] = difference1 + 8 * difference2 + 4 * difference3;
    y[4] = sum1 + 16 * sum2 + 2 * sum3;
    y[5] = difference1 + 32 * difference2 + difference3 + x[7];
  }
}

CK_INLINE void winograd_input_body(const size_t n, const float *const *pixel, size_t channels, float *output,
                                   size_t point_stride) {
  CK_EACH_VECTOR(c, left, channels) {
    vf half[CK_WINOGRAD_LARGEST][CK_WINOGRAD_LARGEST];
    for (size_t j = 0; j < n; j++) {
      vf x[CK_WINOGRAD_LARGEST], y[CK_WINOGRAD_LARGEST];
#pragma clang loop unroll(full)
      for (size_t i = 0; i < n; i++) x[i] = load_some(pixel[i * n + j] + c, left);
      winograd_data(n, x, y);
#pragma clang loop unroll(full)
      for (size_t i = 0; i < n; i++) half[i][j] = y[i];
    }
    for (size_t i = 0; i < n; i++) {
      vf y[CK_WINOGRAD_LARGEST];
      winograd_data(n, half[i], y);
#pragma clang loop unroll(full)
      for (size_t j = 0; j < n; j++) store_some(output + (i * n + j) * point_stride + c, y[j], left);
    }
  }
}

CK_INLINE void winograd_output_body(const size_t n, const float *input, size_t point_stride, size_t channels,
                                    const ck_winograd_result *r) {
  const size_t m = n - 2;
  CK_EACH_VECTOR(c, left, channels) {
    vf half[CK_WINOGRAD_LARGEST][CK_WINOGRAD_LARGEST];
    for (size_t j = 0; j < n; j++) {
      vf x[CK_WINOGRAD_LARGEST], y[CK_WINOGRAD_LARGEST];
#pragma clang loop unroll(full)
      for (size_t i = 0; i < n; i++) x[i] = load_some(input + (i * n + j) * point_stride + c, left);
      winograd_result(n, x, y);
#pragma clang loop unroll(full)
      for (size_t i = 0; i < m; i++) half[i][j] = y[i];
    }
    const vf bias = load_some(r->bias + c, left);
    for (size_t i = 0; i < r->rows; i++) {
      vf y[CK_WINOGRAD_LARGEST];
      winograd_result(n, half[i], y);
      float *row = r->output + i * r->output_row_stride + c;
      const float *residual = r->residual ? r->residual + i * r->residual_row_stride + c : NULL;
#pragma clang loop unroll(full)
      for (size_t j = 0; j < m; j++) {
        if (j >= r->columns) continue;
        vf value = y[j] + bias;
        if (residual) value += load_some(residual + j * r->residual_pixel_stride, left);
        store_some(row + j * r->output_pixel_stride, r->relu ? rectify(value) : value, left);
      }
    }
  }
}

CK_INLINE void winograd_weights_body(const size_t n, const float *weights, size_t outputs, size_t output_stride,
                                     float *packed, size_t point_stride) {
  for (size_t first = 0; first < outputs; first += CK_VECTOR) {
    const size_t left = outputs - first < CK_VECTOR ? outputs - first : CK_VECTOR;
    vf g[9];
    for (size_t tap = 0; tap < 9; tap++) {
      g[tap] = (vf){0};
      for (size_t o = 0; o < left; o++) g[tap][o] = weights[(first + o) * output_stride + tap];
    }
    vf half[CK_WINOGRAD_LARGEST][3];
    for (size_t j = 0; j < 3; j++) {
      const vf x[3] = {g[j], g[3 + j], g[6 + j]};
      vf y[CK_WINOGRAD_LARGEST];
      winograd_weight(n, x, y);
      for (size_t i = 0; i < n; i++) half[i][j] = y[i];
    }
    for (size_t i = 0; i < n; i++) {
      vf y[CK_WINOGRAD_LARGEST];
      winograd_weight(n, half[i], y);
      for (size_t j = 0; j < n; j++) store(packed + (i * n + j) * point_stride + first, y[j]);
    }
  }
}

static void CK(winograd_input)(size_t m, const float *const *pixel, size_t channels, float *output,
                               size_t point_stride) {
  if (m == 2) winograd_input_body(4, pixel, channels, output, point_stride);
  else if (m == 4) winograd_input_body(6, pixel, channels, output, point_stride);
  else winograd_input_body(8, pixel, channels, output, point_stride);
}

static void CK(winograd_output)(size_t m, const float *input, size_t point_stride, size_t channels,
                                const ck_winograd_result *result) {
  if (m == 2) winograd_output_body(4, input, point_stride, channels, result);
  else if (m == 4) winograd_output_body(6, input, point_stride, channels, result);
  else winograd_output_body(8, input, point_stride, channels, result);
}

static void CK(winograd_weights)(size_t m, const float *weights, size_t outputs, size_t output_stride, float *packed,
                                 size_t point_stride) {
  if (m == 2) winograd_weights_body(4, weights, outputs, output_stride, packed, point_stride);
  else if (m == 4) winograd_weights_body(6, weights, outputs, output_stride, packed, point_stride);
  else winograd_weights_body(8, weights, outputs, output_stride, packed, point_stride);
}
