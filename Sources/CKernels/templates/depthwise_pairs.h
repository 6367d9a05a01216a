// Depthwise convolution of feature maps in bfloat16: two rows of the kernel in one product, whose inputs are pairs of
// pixels, one below the other.
//
// Of 32 channels, the pixels of two rows are interleaved within each 128 bits. Of the two vectors of pairs, the first then
// has the first four of each eight channels, the second the others; sums, weights and bias are in this order, and the
// results are put back in theirs when they are narrowed. The last 16 channels or fewer are in one vector, in their order.
// Blocks and borders are those of depthwise.h.

// Channels that are computed together.
#define CK_DEPTHWISE_GROUP (2 * CK_VECTOR)

// The first `n` channels of a pixel.
CK_INLINE __mmask32 first_channels(size_t n) {
  return n < CK_DEPTHWISE_GROUP ? (__mmask32)((1u << n) - 1) : 0xffffffff;
}

// Some channels of a pixel, and zeros.
CK_INLINE __m512i load_channels(const size_t vectors, const map_value *p, __mmask32 some) {
  return vectors == 1 ? _mm512_zextsi256_si512(_mm256_maskz_loadu_epi16((__mmask16)some, p))
                      : _mm512_maskz_loadu_epi16(some, p);
}

// The numbers of two rows side by side.
CK_INLINE void pair_channels(const size_t vectors, __m512i upper, __m512i lower, vf *pairs) {
  if (vectors == 1) {
    vu lanes;
    for (unsigned c = 0; c < CK_VECTOR; c++) lanes[c] = (32 + c) << 16 | c;
    pairs[0] = (vf)_mm512_permutex2var_epi16(upper, (__m512i)lanes, lower);
  } else {
    pairs[0] = (vf)_mm512_unpacklo_epi16(upper, lower);
    pairs[1] = (vf)_mm512_unpackhi_epi16(upper, lower);
  }
}

// Stores a block of sums; `n` channels are left.
CK_INLINE void depthwise_finish(const size_t pixels, const size_t vectors, const ck_pixel_result *r,
                                size_t first, size_t c, size_t n, vf *sum) {
  map_value *output = (map_value *)r->output + first * r->output_stride + c;
  if (r->residual)
#pragma clang loop unroll(full)
    for (size_t p = 0; p < pixels; p++) {
      const map_value *residual = (const map_value *)r->residual + (first + p) * r->residual_stride + c;
      // A number with zeros below it is the same one in float32.
      vf x[2];
      pair_channels(vectors, _mm512_setzero_si512(), load_channels(vectors, residual, first_channels(n)), x);
      for (size_t v = 0; v < vectors; v++) sum[p * vectors + v] += x[v];
    }
  bound(pixels * vectors, sum, r->activation);
  const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
#pragma clang loop unroll(full)
  for (size_t p = 0; p < pixels; p++) {
    map_value *target = output + p * r->output_stride;
    if (vectors == 1) {
      store_values(target, sum[p], n);
      continue;
    }
    const __m512i values = _mm512_permutexvar_epi64(
        order, (__m512i)_mm512_cvtne2ps_pbh((__m512)sum[2 * p + 1], (__m512)sum[2 * p]));
    if (n < CK_DEPTHWISE_GROUP) _mm512_mask_storeu_epi16(target, first_channels(n), values);
    else _mm512_storeu_si512(target, values);
  }
  activate_stored(r->activation, pixels, n < CK_DEPTHWISE_GROUP ? n : CK_DEPTHWISE_GROUP, output,
                  r->output_stride);
}

// Two rows of an input, of which one may be outside the image: it is read as zeros.
typedef struct {
  const map_value *upper;  // or NULL, if both are outside
  ptrdiff_t lower;         // values from the upper row to the lower one
  __mmask32 in_upper, in_lower;
} row_pair;

CK_INLINE row_pair row_pair_from(const ck_depthwise_row *t, size_t ky, size_t n) {
  const map_value *upper = t->row[ky], *lower = ky + 1 < t->kernel_height ? t->row[ky + 1] : NULL;
  const __mmask32 channels = first_channels(n);
  if (upper && lower) return (row_pair){upper, lower - upper, channels, channels};
  return upper ? (row_pair){upper, 0, channels, 0} : (row_pair){lower, 0, 0, channels};
}

CK_INLINE void load_pairs(const size_t vectors, row_pair rows, const map_value *upper, vf *pairs) {
  pair_channels(vectors, load_channels(vectors, upper, rows.in_upper),
                load_channels(vectors, upper + rows.lower, rows.in_lower), pairs);
}

// The output pixels from `first` on, of `n` channels from `c` on. All parameters in front of `t` are constants at every
// call; `clips` if the kernel reaches beyond the row.
CK_INLINE void depthwise_group(const size_t pixels, const size_t vectors, const size_t kernel,
                               const size_t stride, const int clips, const ck_depthwise_row *t, size_t first,
                               size_t c, size_t n) {
  const ptrdiff_t left = (ptrdiff_t)(first * stride) - (ptrdiff_t)t->padding;
  const ptrdiff_t begin = -left, end = (ptrdiff_t)t->width - left;
  const ptrdiff_t place = left * (ptrdiff_t)t->input_stride + (ptrdiff_t)c;
  const float *weights = t->weights + c * ((t->kernel_height + 1) / 2 * kernel);
  vf sum[2 * CK_DEPTHWISE_PIXELS];
#pragma clang loop unroll(full)
  for (size_t p = 0; p < pixels; p++)
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) sum[p * vectors + v] = load(t->bias + c + v * CK_VECTOR);
  const size_t span = (pixels - 1) * stride + kernel;
#pragma clang loop unroll(disable)
  for (size_t ky = 0; ky < t->kernel_height; ky += 2, weights += kernel * vectors * CK_VECTOR) {
    const row_pair rows = row_pair_from(t, ky, n);
    if (!rows.upper) continue;
    const map_value *upper = rows.upper + place;
    vf w[2 * 7];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < kernel * vectors; i++) w[i] = load(weights + i * CK_VECTOR);
#pragma clang loop unroll(full)
    for (size_t j = 0; j < span; j++, upper += t->input_stride) {
      // Loads stay where they are used: moved up, their results would not fit into the registers.
      __asm__ volatile("" ::: "memory");
      if (clips && ((ptrdiff_t)j < begin || (ptrdiff_t)j >= end)) continue;
      vf x[2];
      load_pairs(vectors, rows, upper, x);
#pragma clang loop unroll(full)
      for (size_t p = 0; p < pixels; p++)
        if (j >= p * stride && j - p * stride < kernel)
#pragma clang loop unroll(full)
          for (size_t v = 0; v < vectors; v++)
            sum[p * vectors + v] = add_product(x[v], w[(j - p * stride) * vectors + v], sum[p * vectors + v]);
    }
  }
  depthwise_finish(pixels, vectors, &t->result, first, c, n, sum);
}

CK_INLINE void depthwise_vector(const size_t pixels, const size_t kernel, const size_t stride,
                                const int clips, const ck_depthwise_row *t, size_t first, size_t c,
                                size_t n) {
  if (n > CK_VECTOR) depthwise_group(pixels, 2, kernel, stride, clips, t, first, c, n);
  else depthwise_group(pixels, 1, kernel, stride, clips, t, first, c, n);
}

CK_INLINE void depthwise_pixel(const size_t vectors, const ck_depthwise_row *t, size_t p, size_t c) {
  const ptrdiff_t left = (ptrdiff_t)(p * t->stride) - (ptrdiff_t)t->padding;
  const size_t n = t->channels - c;
  const float *weights = t->weights + c * ((t->kernel_height + 1) / 2 * t->kernel_width);
  vf sum[2];
  for (size_t v = 0; v < vectors; v++) sum[v] = load(t->bias + c + v * CK_VECTOR);
  for (size_t ky = 0; ky < t->kernel_height; ky += 2) {
    const row_pair rows = row_pair_from(t, ky, n);
    ptrdiff_t x = left;
    for (size_t kx = 0; kx < t->kernel_width;
         kx++, x += (ptrdiff_t)t->dilation, weights += vectors * CK_VECTOR) {
      if (!rows.upper || x < 0 || x >= (ptrdiff_t)t->width) continue;
      vf pairs[2];
      load_pairs(vectors, rows, rows.upper + (size_t)x * t->input_stride + c, pairs);
      for (size_t v = 0; v < vectors; v++)
        sum[v] = add_product(pairs[v], load(weights + v * CK_VECTOR), sum[v]);
    }
  }
  depthwise_finish(1, vectors, &t->result, p, c, n, sum);
}

// Any window, for the channels from `from` on, pixel by pixel.
static void CK(depthwise_pixels)(const ck_depthwise_row *t, size_t first, size_t count, size_t from) {
  for (size_t p = first; p < first + count; p++)
    for (size_t c = from; c < t->channels; c += CK_DEPTHWISE_GROUP)
      if (t->channels - c > CK_VECTOR) depthwise_pixel(2, t, p, c);
      else depthwise_pixel(1, t, p, c);
}
