// Matrix times one vector or a few, for a linear layer with few images. The time is that of reading the weights, in
// float32 or, for one vector, in float16 or bfloat16.

// `type` is a constant at every call of the functions below.
typedef enum { CK_FLOATS, CK_HALVES, CK_BFLOATS } CK(weight_type);

CK_INLINE vf load_weights(const CK(weight_type) type, const void *row, size_t k) {
  if (type == CK_FLOATS) return load((const float *)row + k);
  const uint16_t *numbers = (const uint16_t *)row + k;
  return type == CK_HALVES ? load_half(numbers) : load_bfloats(numbers);
}
CK_INLINE vf load_some_weights(const CK(weight_type) type, const void *row, size_t k, size_t count) {
  if (type == CK_FLOATS) return load_some((const float *)row + k, count);
  const uint16_t *numbers = (const uint16_t *)row + k;
  return type == CK_HALVES ? load_some_half(numbers, count) : load_some_bfloats(numbers, count);
}

// Each output has two vectors of partial sums over the depth, which are added in a fixed order at the end. Four outputs
// share the loads of the input.
CK_INLINE void matrix_vector_body(const CK(weight_type) type, const void *weights, const float *scale,
                                  const float *input, const float *bias, size_t outputs, size_t depth,
                                  ck_activation activation, float *output) {
  const size_t row_bytes = depth * (type == CK_FLOATS ? sizeof(float) : sizeof(uint16_t));
  // Short rows end before the hardware fetches far ahead; the next four fit into L1.
  const int prefetches = type != CK_FLOATS && 4 * row_bytes <= 16 * 1024;
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
        if (prefetches) __builtin_prefetch((const char *)w[o] + 4 * row_bytes + k * sizeof(uint16_t));
        sum[o][0] += load_weights(type, w[o], k) * x0;
        sum[o][1] += load_weights(type, w[o], k + CK_VECTOR) * x1;
      }
    }
#pragma clang loop unroll(full)
    for (size_t v = 0; v < 2; v++, k += CK_VECTOR) {
      if (k >= depth) continue;
      const vf x = load_some(input + k, depth - k);
#pragma clang loop unroll(full)
      for (size_t o = 0; o < 4; o++) sum[o][v] += load_some_weights(type, w[o], k, depth - k) * x;
    }
    for (size_t o = 0; o < count; o++) {
      float y = sum_lanes(sum[o][0] + sum[o][1]);
      if (scale) y *= scale[first + o];
      if (bias) y += bias[first + o];
      output[first + o] = y;
    }
  }
  if (activation.kind != CK_IDENTITY) activate_in_place(activation, 1, outputs, output, outputs);
}

static void CK(matrix_vector)(const float *weights, const float *input, const float *bias, size_t outputs,
                              size_t depth, ck_activation activation, float *output) {
  matrix_vector_body(CK_FLOATS, weights, NULL, input, bias, outputs, depth, activation, output);
}

static void CK(half_matrix_vector)(const uint16_t *weights, const float *scale, const float *input,
                                   const float *bias, size_t outputs, size_t depth, ck_activation activation,
                                   float *output) {
  matrix_vector_body(CK_HALVES, weights, scale, input, bias, outputs, depth, activation, output);
}

static void CK(bfloat_matrix_vector)(const uint16_t *weights, const float *input, const float *bias,
                                     size_t outputs, size_t depth, ck_activation activation, float *output) {
  matrix_vector_body(CK_BFLOATS, weights, NULL, input, bias, outputs, depth, activation, output);
}

static void CK(widen_bfloat)(const uint16_t *input, size_t count, float *output) {
  size_t i = 0;
  for (; i + CK_VECTOR <= count; i += CK_VECTOR) store(output + i, load_bfloats(input + i));
  for (; i < count; i++) output[i] = widen_one_bfloat(input[i]);
}

// Vectors that share the loads of four rows of weights: all pairs have their sums in registers.
#define CK_SHARED_VECTORS (CK_VECTOR == 16 ? 4 : 2)

// Four outputs, `count` of which are wanted, for each of `vectors` inputs; `vectors` is a constant at every call.
CK_INLINE void matrix_vectors_body(const size_t vectors, const float *const weights[4], ck_pixels input,
                                   const float *bias, size_t count, size_t depth, ck_output_pixels output) {
  vf sum[CK_SHARED_VECTORS][4] = {{{0}}};
  for (size_t k = 0; k < depth; k += CK_VECTOR) {
    vf w[4];
#pragma clang loop unroll(full)
    for (size_t o = 0; o < 4; o++) w[o] = load_some(weights[o] + k, depth - k);
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
      const vf x = load_some(pixel_at(input, v) + k, depth - k);
#pragma clang loop unroll(full)
      for (size_t o = 0; o < 4; o++) sum[v][o] += w[o] * x;
    }
  }
#pragma clang loop unroll(full)
  for (size_t v = 0; v < vectors; v++)
    for (size_t o = 0; o < count; o++)
      output_pixel_at(output, v)[o] = sum_lanes(sum[v][o]) + (bias ? bias[o] : 0);
}

static void CK(matrix_vectors)(const float *weights, ck_pixels input, size_t vectors, const float *bias,
                               size_t outputs, size_t depth, ck_activation activation,
                               ck_output_pixels output) {
  for (size_t first = 0; first < outputs; first += 4) {
    const size_t count = outputs - first < 4 ? outputs - first : 4;
    const float *row[4];
    for (size_t o = 0; o < 4; o++) row[o] = weights + (first + (o < count ? o : 0)) * depth;
    const float *b = bias ? bias + first : NULL;
    for (size_t v = 0; v < vectors; v += CK_SHARED_VECTORS) {
      const ck_pixels from = {pixel_at(input, v), input.stride};
      const ck_output_pixels to = {output_pixel_at(output, v) + first, output.stride};
#define CK_CASE(n) \
  case n: matrix_vectors_body(n, row, from, b, count, depth, to); break;
      switch (vectors - v < CK_SHARED_VECTORS ? vectors - v : CK_SHARED_VECTORS) {
        CK_CASE(1)
        CK_CASE(2)
#if CK_VECTOR == 16
        CK_CASE(3)
        CK_CASE(4)
#endif
      }
#undef CK_CASE
    }
  }
  if (activation.kind != CK_IDENTITY)
    activate_in_place(activation, vectors, outputs, output.first, output.stride);
}
