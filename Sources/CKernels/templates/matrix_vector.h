// The product of a matrix and a vector, for a linear layer of one picture: what counts is how fast the weights are
// read, in float32 or in float16.

// `is_half` is a constant at every call.
CK_INLINE vf load_weights(const int is_half, const void *row, size_t k) {
  return is_half ? load_half((const uint16_t *)row + k) : load((const float *)row + k);
}
CK_INLINE vf load_some_weights(const int is_half, const void *row, size_t k, size_t count) {
  return is_half ? load_some_half((const uint16_t *)row + k, count) : load_some((const float *)row + k, count);
}

// Each output is two vectors of partial sums over the depth, added in a fixed order at the end; four outputs
// at a time share the loads of the input.
CK_INLINE void matrix_vector_body(const int is_half, const void *weights, const float *scale, const float *input,
                                  const float *bias, size_t outputs, size_t depth, int relu, float *output) {
  const size_t row_bytes = depth * (is_half ? sizeof(uint16_t) : sizeof(float));
  for (size_t first = 0; first < outputs; first += 4) {
    const size_t count = outputs - first < 4 ? outputs - first : 4;
    const void *w[4];
    for (size_t o = 0; o < 4; o++) w[o] = (const char *)weights + (first + (o < count ? o : 0)) * row_bytes;
    vf sum[4][2] = {{{0}}};
    size_t k = 0;
    for (; k + 2 * CK_VECTOR <= depth; k += 2 * CK_VECTOR) {
      const vf x0 = load(input + k), x1 = load(input + k + CK_VECTOR);
#pragma clang loop unroll(full)
      for (size_t o = 0; o < 4; o++) {
        sum[o][0] += load_weights(is_half, w[o], k) * x0;
        sum[o][1] += load_weights(is_half, w[o], k + CK_VECTOR) * x1;
      }
    }
#pragma clang loop unroll(full)
    for (size_t v = 0; v < 2; v++, k += CK_VECTOR) {
      if (k >= depth) continue;
      const vf x = load_some(input + k, depth - k);
#pragma clang loop unroll(full)
      for (size_t o = 0; o < 4; o++) sum[o][v] += load_some_weights(is_half, w[o], k, depth - k) * x;
    }
    for (size_t o = 0; o < count; o++) {
      float y = sum_lanes(sum[o][0] + sum[o][1]);
      if (scale) y *= scale[first + o];
      if (bias) y += bias[first + o];
      output[first + o] = relu && y < 0 ? 0 : y;
    }
  }
}

static void CK(matrix_vector)(const float *weights, const float *input, const float *bias, size_t outputs,
                              size_t depth, int relu, float *output) {
  matrix_vector_body(0, weights, NULL, input, bias, outputs, depth, relu, output);
}

static void CK(half_matrix_vector)(const uint16_t *weights, const float *scale, const float *input,
                                   const float *bias, size_t outputs, size_t depth, int relu, float *output) {
  matrix_vector_body(1, weights, scale, input, bias, outputs, depth, relu, output);
}
