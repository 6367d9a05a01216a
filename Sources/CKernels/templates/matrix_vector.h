// The product of a matrix and a vector, for a linear layer of one picture: what counts is how fast the weights are
// read, in float32 or in float16.

// `is_half` is a constant at every call.
CK_INLINE vf load_weights(const int is_half, const void *row, size_t k) {
  return is_half ? load_half((const uint16_t *)row + k) : load((const float *)row + k);
}
CK_INLINE float load_weight(const int is_half, const void *row, size_t k) {
  return is_half ? widen_one(((const uint16_t *)row)[k]) : ((const float *)row)[k];
}

// Each output is CK_VECTOR partial sums over the depth, added in a fixed order at the end; four outputs
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
    for (size_t o = 0; o < count; o++) {
      const vf both = sum[o][0] + sum[o][1];
      float y = 0;
      for (size_t lane = 0; lane < CK_VECTOR; lane++) y += both[lane];
      for (size_t rest = k; rest < depth; rest++) y += load_weight(is_half, w[o], rest) * input[rest];
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
