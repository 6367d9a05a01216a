// The transforms of Winograd convolution's weights, and those of the gradient of the weights; see winograd.h.

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

static void CK(winograd_weights)(size_t n, size_t r, const float *weights, ptrdiff_t tap_stride,
                                 size_t outputs, ptrdiff_t output_stride, float *packed,
                                 size_t point_stride) {
#define CK_BODY(N, R, M) \
  winograd_weights_body(N, R, weights, tap_stride, outputs, output_stride, packed, point_stride)
  CK_WINOGRAD_SIZES(CK_BODY);
#undef CK_BODY
}

static void CK(winograd_gradient)(size_t n, size_t r, const void *const *pixel, size_t channels,
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
