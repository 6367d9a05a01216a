// Convolution in groups with a kernel three pixels wide: a block of output pixels of a row stays in registers, and an
// input is used for all outputs that see it once it is in a register.
//
// If a group has at least as many channels as a vector, an input is one channel of a pixel in all lanes. Otherwise several
// groups share a vector, and for r = 0, 1, ... lane l gets the channel l xor r of the pixel: after as many steps as a
// group has channels, each output has met all inputs of its group.
//
// In bfloat16, two adjacent channels are an input: half as many steps, and where groups share a vector, each lane gets
// pair r of its own group.

#define CK_GROUPED_WIDTH 3

#if CK_ROWS < 12
#define CK_GROUPED_WIDE_PIXELS 4
#else
#define CK_GROUPED_WIDE_PIXELS CK_DEPTHWISE_PIXELS
#endif

// Lane l gets lane l xor r.
CK_INLINE vf exchange(vf x, size_t r) {
#if CK_VECTOR == 16
  const vi lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return (vf)_mm512_permutexvar_ps((__m512i)(lanes ^ (int)r), (__m512)x);
#elif CK_VECTOR == 8
  const vi lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  return (vf)_mm256_permutevar8x32_ps((__m256)x, (__m256i)(lanes ^ (int)r));
#else
  vf y;
  for (size_t l = 0; l < CK_VECTOR; l++) y[l] = x[l ^ r];
  return y;
#endif
}

#if defined(CK_BFLOAT_MAPS)
#define CK_CHANNELS_PER_STEP 2
CK_INLINE vi own_pairs(size_t group) {
  vi lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return lanes / (int)group * (int)(group / 2);
}
CK_INLINE vf shared_input(const map_value *from, size_t n, vi first, size_t r) {
  const __m256i values = n >= CK_VECTOR ? _mm256_loadu_si256((const __m256i_u *)from)
                                        : _mm256_maskz_loadu_epi16((__mmask16)((1u << n) - 1), from);
  return (vf)_mm512_permutexvar_epi32((__m512i)(first + (int)r), _mm512_zextsi256_si512(values));
}
CK_INLINE vf own_input(const map_value *from) {
  int32_t pair;
  memcpy(&pair, from, sizeof pair);
  return (vf)_mm512_set1_epi32(pair);
}
#else
#define CK_CHANNELS_PER_STEP 1
CK_INLINE vi own_pairs(size_t group) {
  (void)group;
  return (vi){0};
}
CK_INLINE vf shared_input(const map_value *from, size_t n, vi first, size_t r) {
  (void)first;
  return exchange(load_values(from, n), r);
}
CK_INLINE vf own_input(const map_value *from) { return splat(*from); }
#endif

// Where the outputs of a panel, or of all groups that share vectors, find their operands.
typedef struct {
  const void *const *row;  // for each row of the kernel
  size_t input;            // first channel of the input
  size_t steps;            // through the channels of a group
  size_t columns;          // outputs
  const float *weights, *bias;
  ck_pixel_result result;  // the first output of the row
} CK(grouped_block);

// The output pixels from `first` on, `n` outputs from `c` on. All parameters in front of `t` are constants at every call;
// `shares` if groups share a vector, `clips` if the kernel reaches beyond the row.
CK_INLINE void grouped_pixels(const size_t pixels, const size_t vectors, const size_t stride,
                              const int shares, const int clips, const ck_grouped_rows *t,
                              const CK(grouped_block) * b, size_t first, size_t c, size_t n) {
  const size_t span = (pixels - 1) * stride + CK_GROUPED_WIDTH;
  const ptrdiff_t left = (ptrdiff_t)(first * stride) - (ptrdiff_t)t->padding;
  const ptrdiff_t begin = -left, end = (ptrdiff_t)t->width - left;
  const size_t step = t->input_stride;
  const float *weights = b->weights + c * t->kernel_height * b->steps * CK_GROUPED_WIDTH;
  const vi pairs = own_pairs(t->group);
  vf sum[CK_DEPTHWISE_PIXELS][2];
#pragma clang loop unroll(full)
  for (size_t v = 0; v < vectors; v++) {
    const vf bias = load(b->bias + c + v * CK_VECTOR);
#pragma clang loop unroll(full)
    for (size_t p = 0; p < pixels; p++) sum[p][v] = bias;
  }
#pragma clang loop unroll(disable)
  for (size_t ky = 0; ky < t->kernel_height; ky++) {
    const size_t products = b->steps * CK_GROUPED_WIDTH * vectors * CK_VECTOR;
    if (!b->row[ky]) {
      weights += products;
      continue;
    }
    const map_value *input =
        (const map_value *)b->row[ky] + left * (ptrdiff_t)step + (ptrdiff_t)(b->input + c);
#pragma clang loop unroll(disable)
    for (size_t r = 0; r < b->steps; r++, weights += CK_GROUPED_WIDTH * vectors * CK_VECTOR) {
      vf w[CK_GROUPED_WIDTH][2];
#pragma clang loop unroll(full)
      for (size_t kx = 0; kx < CK_GROUPED_WIDTH; kx++) {
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) w[kx][v] = load(weights + (kx * vectors + v) * CK_VECTOR);
      }
      const map_value *from = shares ? input : input + r * CK_CHANNELS_PER_STEP;
      // Moved in front of the loop over r, the loads' results would not fit into the registers.
      __asm__ volatile("" : "+r"(from));
#pragma clang loop unroll(full)
      for (size_t j = 0; j < span; j++, from += step) {
        if (clips && ((ptrdiff_t)j < begin || (ptrdiff_t)j >= end)) continue;
        const vf x = shares ? shared_input(from, n, pairs, r) : own_input(from);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < pixels; p++) {
          if (j < p * stride || j - p * stride >= CK_GROUPED_WIDTH) continue;
#pragma clang loop unroll(full)
          for (size_t v = 0; v < vectors; v++) sum[p][v] = add_product(x, w[j - p * stride][v], sum[p][v]);
        }
      }
    }
  }
  const ck_activation a = in_registers(b->result.activation);
  const map_value *residual =
      b->result.residual ? (const map_value *)b->result.residual + first * b->result.residual_stride + c
                         : NULL;
  map_value *output = (map_value *)b->result.output + first * b->result.output_stride + c;
#pragma clang loop unroll(full)
  for (size_t p = 0; p < pixels; p++) {
    size_t left_over = n;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
      vf y = sum[p][v];
      if (residual) y += load_values(residual + p * b->result.residual_stride + v * CK_VECTOR, left_over);
      store_values(output + p * b->result.output_stride + v * CK_VECTOR, activate(y, a), left_over);
      left_over = left_over < CK_VECTOR ? 0 : left_over - CK_VECTOR;
    }
  }
  activate_stored(b->result.activation, pixels, n < vectors * CK_VECTOR ? n : vectors * CK_VECTOR, output,
                  b->result.output_stride);
}

CK_INLINE void grouped_body(const size_t vectors, const size_t stride, const int shares,
                            const ck_grouped_rows *t, const CK(grouped_block) * b) {
  const size_t most = vectors == 1 ? CK_DEPTHWISE_PIXELS : CK_GROUPED_WIDE_PIXELS;
  const size_t blocks = (t->output_width + most - 1) / most;
  for (size_t block = 0; block < blocks; block++) {
    const size_t first = t->output_width * block / blocks;
    const size_t pixels = t->output_width * (block + 1) / blocks - first;
    const size_t end = (first + pixels - 1) * stride + CK_GROUPED_WIDTH;
    const int clips = first * stride < t->padding || end > t->width + t->padding;
    switch (pixels) {
#define CK_CASE(k) \
  case k: \
    if (k > most) break; \
    for (size_t c = 0; c < b->columns; c += vectors * CK_VECTOR) { \
      const size_t n = b->columns - c; \
      if (clips || (shares && n < CK_VECTOR)) \
        grouped_pixels(k, vectors, stride, shares, 1, t, b, first, c, n); \
      else grouped_pixels(k, vectors, stride, shares, 0, t, b, first, c, shares ? CK_VECTOR : n); \
    } \
    break;
      CK_CASE(1)
      CK_CASE(2)
      CK_CASE(3)
      CK_CASE(4)
      CK_CASE(5)
      CK_CASE(6)
      CK_CASE(7)
      CK_CASE(8)
#undef CK_CASE
    }
  }
}

// All rows with the same weights.
CK_INLINE void grouped_block_rows(const size_t vectors, const int shares, const ck_grouped_rows *t,
                                  CK(grouped_block) block, size_t channel) {
  map_value *output = (map_value *)t->result.output + channel;
  const map_value *residual = t->result.residual ? (const map_value *)t->result.residual + channel : NULL;
  block.result = t->result;
  block.row = t->row;
  for (size_t row = 0; row < t->rows; row++, block.row += t->kernel_height) {
    block.result.output = output;
    block.result.residual = residual;
    if (t->stride == 1) grouped_body(vectors, 1, shares, t, &block);
    else grouped_body(vectors, 2, shares, t, &block);
    output += t->output_width * t->result.output_stride;
    if (residual) residual += t->output_width * t->result.residual_stride;
  }
}

static void CK(grouped_rows)(const ck_grouped_rows *t) {
  CK(grouped_block)
  block = {.steps = t->group / CK_CHANNELS_PER_STEP, .weights = t->weights, .bias = t->bias};
  const size_t products = t->kernel_height * block.steps * CK_GROUPED_WIDTH * CK_VECTOR;
  if (CK_VECTOR > 4 && t->group < CK_VECTOR && CK_VECTOR % t->group == 0) {
    // All channels of a pixel follow each other in memory, and there are few weights.
    block.columns = t->channels;
    grouped_block_rows(1, 1, t, block, 0);
    return;
  }
  for (size_t c = 0; c < t->channels; c += t->group) {
    block.input = c;
    for (size_t column = 0; column < t->group; column += CK_PANEL) {
      const size_t left = t->group - column;
      const size_t vectors = left > CK_VECTOR ? 2 : 1;
      block.columns = left < CK_PANEL ? left : CK_PANEL;
      if (vectors > 1) grouped_block_rows(2, 0, t, block, c + column);
      else grouped_block_rows(1, 0, t, block, c + column);
      block.weights += vectors * products;
      block.bias += vectors * CK_VECTOR;
    }
  }
}
