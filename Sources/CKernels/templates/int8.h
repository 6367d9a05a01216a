// Numbers of 8 bits, see ck_int8.h. No multiplication and addition is fused here, so that all instruction sets agree.

typedef uint8_t CK(some_bytes) __attribute__((vector_size(CK_VECTOR), aligned(1)));
// A register of bytes.
typedef uint8_t CK(bytes) __attribute__((vector_size(CK_VECTOR * 4), aligned(1)));
typedef int vi_unaligned __attribute__((vector_size(CK_VECTOR * 4), aligned(4)));

#define CK_GROUP (4 * CK_VECTOR)

CK_INLINE vi int8_load(const int32_t *p) { return *(const vi_unaligned *)p; }
CK_INLINE vi int8_splat(const char *p) {
  int32_t x;
  memcpy(&x, p, sizeof x);
  return x - (vi){0};
}

// The first `count` bytes as floats.
CK_INLINE vf load_bytes(const uint8_t *p, size_t count) {
  CK(some_bytes) bytes = {0};
  if (count >= CK_VECTOR) bytes = *(const CK(some_bytes) *)p;
#if CK_VECTOR == 16
  else bytes = (CK(some_bytes))_mm_maskz_loadu_epi8((__mmask16)((1u << count) - 1), p);
#else
  else memcpy(&bytes, p, count);
#endif
  return __builtin_convertvector(__builtin_convertvector(bytes, vi), vf);
}

CK_INLINE void store_bytes(uint8_t *p, vi v, size_t count) {
  const CK(some_bytes) bytes = __builtin_convertvector(v, CK(some_bytes));
  if (count >= CK_VECTOR) *(CK(some_bytes) *)p = bytes;
#if CK_VECTOR == 16
  else _mm_mask_storeu_epi8(p, (__mmask16)((1u << count) - 1), (__m128i)bytes);
#else
  else memcpy(p, &bytes, count);
#endif
}

// To nearest, ties to even, plus `zero`, for numbers below 2^22: adding 1.5 * 2^23 leaves the whole number in the last bits.
CK_INLINE vi rounded(vf x, int32_t zero) {
  const vf shift = splat(0x1.8p23f);
  return (vi)(x + shift) - ((vi)shift - zero);
}

// NaN, which only weights that are not finite make, becomes `low`.
CK_INLINE vf limited(vf x, float low, float high) {
  x = choose(x > low, x, splat(low));
  return choose(x < high, x, splat(high));
}

CK_INLINE vi rounded_bytes(vf x, const ck_rounding *r) {
  return rounded(limited(x, r->low, r->high), r->zero);
}

// The first `count` bytes, then zeros.
CK_INLINE CK(bytes) load_group(const uint8_t *p, size_t count) {
  if (count >= CK_GROUP) return *(const CK(bytes) *)p;
#if CK_VECTOR == 16
  return (CK(bytes))_mm512_maskz_loadu_epi8(((__mmask64)1 << count) - 1, p);
#else
  CK(bytes) bytes = {0};
  memcpy(&bytes, p, count);
  return bytes;
#endif
}
