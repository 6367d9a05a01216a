// Depthwise convolutions of bytes, see ck_int8_depthwise_row.

// The bytes of four registers, or the 16-bit halves, interleaved within each 128 bits.
#if CK_VECTOR == 16
#define CK_ZIP(width, half, a, b) (CK(bytes)) _mm512_unpack##half##_epi##width((__m512i)(a), (__m512i)(b))
#elif CK_VECTOR == 8
#define CK_ZIP(width, half, a, b) (CK(bytes)) _mm256_unpack##half##_epi##width((__m256i)(a), (__m256i)(b))
#elif defined(__x86_64__)
#define CK_ZIP(width, half, a, b) (CK(bytes)) _mm_unpack##half##_epi##width((__m128i)(a), (__m128i)(b))
#else
#define CK_NEON_lo8(a, b) vzip1q_u8((uint8x16_t)(a), (uint8x16_t)(b))
#define CK_NEON_hi8(a, b) vzip2q_u8((uint8x16_t)(a), (uint8x16_t)(b))
#define CK_NEON_lo16(a, b) vzip1q_u16((uint16x8_t)(a), (uint16x8_t)(b))
#define CK_NEON_hi16(a, b) vzip2q_u16((uint16x8_t)(a), (uint16x8_t)(b))
#define CK_ZIP(width, half, a, b) (CK(bytes)) CK_NEON_##half##width(a, b)
#endif

// Byte c of each of four registers side by side; the channels in the order of `spread`.
CK_INLINE void zip_quads(CK(bytes) a, CK(bytes) b, CK(bytes) c, CK(bytes) d, vi quads[4]) {
  const CK(bytes) ab0 = CK_ZIP(8, lo, a, b), ab1 = CK_ZIP(8, hi, a, b);
  const CK(bytes) cd0 = CK_ZIP(8, lo, c, d), cd1 = CK_ZIP(8, hi, c, d);
  quads[0] = (vi)CK_ZIP(16, lo, ab0, cd0);
  quads[1] = (vi)CK_ZIP(16, hi, ab0, cd0);
  quads[2] = (vi)CK_ZIP(16, lo, ab1, cd1);
  quads[3] = (vi)CK_ZIP(16, hi, ab1, cd1);
}

// Stores numbers from 0 to 255 that are in the order of `spread`.
CK_INLINE void store_group(uint8_t *p, const vi v[4], size_t count) {
#if CK_VECTOR == 16
  const __m512i low = _mm512_packs_epi32((__m512i)v[0], (__m512i)v[1]);
  const __m512i high = _mm512_packs_epi32((__m512i)v[2], (__m512i)v[3]);
  const CK(bytes) bytes = (CK(bytes))_mm512_packus_epi16(low, high);
#elif CK_VECTOR == 8
  const __m256i low = _mm256_packs_epi32((__m256i)v[0], (__m256i)v[1]);
  const __m256i high = _mm256_packs_epi32((__m256i)v[2], (__m256i)v[3]);
  const CK(bytes) bytes = (CK(bytes))_mm256_packus_epi16(low, high);
#elif defined(__x86_64__)
  const __m128i low = _mm_packs_epi32((__m128i)v[0], (__m128i)v[1]);
  const __m128i high = _mm_packs_epi32((__m128i)v[2], (__m128i)v[3]);
  const CK(bytes) bytes = (CK(bytes))_mm_packus_epi16(low, high);
#else
  const uint16x8_t low = vuzp1q_u16((uint16x8_t)v[0], (uint16x8_t)v[1]);
  const uint16x8_t high = vuzp1q_u16((uint16x8_t)v[2], (uint16x8_t)v[3]);
  const CK(bytes) bytes = (CK(bytes))vuzp1q_u8((uint8x16_t)low, (uint8x16_t)high);
#endif
  if (count >= CK_GROUP) *(CK(bytes) *)p = bytes;
#if CK_VECTOR == 16
  else _mm512_mask_storeu_epi8(p, ((__mmask64)1 << count) - 1, (__m512i)bytes);
#else
  else memcpy(p, &bytes, count);
#endif
}

// Where channel c of a group is among the 32-bit numbers that `zip_quads` makes.
static void CK(spread)(int32_t *place) {
  for (int32_t c = 0; c < CK_GROUP; c++) place[c] = c % 16 / 4 * CK_VECTOR + c / 16 * 4 + c % 4;
}

// Writes the quads of `count` channels of a padded input row; the height of the kernel is a constant at every call.
CK_INLINE void zip_columns(const size_t height, const ck_int8_depthwise_row *t, size_t channel,
                           size_t count) {
  const size_t quads = (height + 3) / 4;
  int32_t *target = t->columns;
  const CK(bytes) none = {0}, outside = load_group(t->outside + channel, count);
  for (size_t x = 0; x < t->padded_width; x++) {
    const int inside = x >= t->padding && x < t->padding + t->width;
    const size_t offset = inside ? (x - t->padding) * t->input_stride + channel : 0;
    for (size_t q = 0; q < quads; q++, target += CK_GROUP) {
      CK(bytes) row[4];
#pragma clang loop unroll(full)
      for (size_t i = 0; i < 4; i++) {
        if (q * 4 + i >= height) row[i] = none;
        else if (inside && t->row[q * 4 + i]) row[i] = load_group(t->row[q * 4 + i] + offset, count);
        else row[i] = outside;
      }
      vi zipped[4];
      zip_quads(row[0], row[1], row[2], row[3], zipped);
      for (size_t v = 0; v < 4; v++) *(vi_unaligned *)(target + v * CK_VECTOR) = zipped[v];
    }
  }
}

// The size of the kernel is a constant at every call.
CK_INLINE void int8_depthwise_body(const size_t height, const size_t width, const ck_int8_depthwise_row *t) {
#pragma clang fp contract(off)
  const size_t quads = (height + 3) / 4;
  const ck_int8_result *r = &t->result;
  int32_t place[CK_GROUP];
  if (!r->bytes) CK(spread)(place);
  for (size_t channel = 0; channel < t->channels; channel += CK_GROUP) {
    const size_t count = t->channels - channel < CK_GROUP ? t->channels - channel : CK_GROUP;
    zip_columns(height, t, channel, count);
    const int32_t *weights = t->weights + channel * width * quads;
    for (size_t x = 0; x < t->output_width; x++) {
      const int32_t *column = t->columns + x * t->stride * quads * CK_GROUP;
      const int32_t *w = weights;
      vi sum[4];
      for (size_t v = 0; v < 4; v++) sum[v] = int8_load(r->start + channel + v * CK_VECTOR);
      for (size_t kx = 0; kx < width; kx++, column += t->dilation * quads * CK_GROUP) {
        for (size_t q = 0; q < quads; q++, w += CK_GROUP) {
          for (size_t v = 0; v < 4; v++)
            sum[v] = add_quad_products(int8_load(column + q * CK_GROUP + v * CK_VECTOR),
                                       int8_load(w + v * CK_VECTOR), sum[v]);
        }
      }
      vf y[4];
      for (size_t v = 0; v < 4; v++)
        y[v] = __builtin_convertvector(sum[v], vf) * load(r->factor + channel + v * CK_VECTOR);
      if (r->residual) {
        const CK(bytes) none = {0};
        vi more[4];
        zip_quads(load_group(r->residual + x * r->residual_stride + channel, count), none, none, none, more);
        for (size_t v = 0; v < 4; v++)
          y[v] = y[v] + (__builtin_convertvector(more[v], vf) - r->residual_zero) * r->residual_factor;
      }
      vi bytes[4];
      for (size_t v = 0; v < 4; v++) {
        y[v] = limited(y[v], r->low, r->high);
        bytes[v] = rounded(y[v], r->zero);
      }
      if (r->bytes) {
        store_group(r->bytes + x * r->output_stride + channel, bytes, count);
      } else {
        for (size_t c = 0; c < count; c++)
          r->floats[x * r->output_stride + channel + c] = y[place[c] / CK_VECTOR][place[c] % CK_VECTOR];
      }
    }
  }
}

static void CK(int8_depthwise_row)(const ck_int8_depthwise_row *t) {
  if (t->kernel_height == 3 && t->kernel_width == 3) int8_depthwise_body(3, 3, t);
  else if (t->kernel_height == 5 && t->kernel_width == 5) int8_depthwise_body(5, 5, t);
  else int8_depthwise_body(t->kernel_height, t->kernel_width, t);
}

const ck_int8_depthwise CK(int8_depthwise) = {
    .group = CK_GROUP,
    .row = CK(int8_depthwise_row),
    .spread = CK(spread),
};
