// Sums of four products of bytes with signed bytes, in the place of a float each.

#if defined(CK_MULTIPLIES_QUADS)
CK_INLINE vi add_quad_products(vi x, vi w, vi sum) {
#if CK_VECTOR == 16
  return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)w);
#else
  return (vi)_mm256_dpbusd_epi32((__m256i)sum, (__m256i)x, (__m256i)w);
#endif
}
#else
// Products of pairs of 16-bit numbers: no sum of two exceeds 32 bits.
CK_INLINE vi pair_products(vi x, vi w) {
#if CK_VECTOR == 16
  return (vi)_mm512_madd_epi16((__m512i)x, (__m512i)w);
#elif CK_VECTOR == 8
  return (vi)_mm256_madd_epi16((__m256i)x, (__m256i)w);
#elif defined(__x86_64__)
  return (vi)_mm_madd_epi16((__m128i)x, (__m128i)w);
#else
  return (x << 16 >> 16) * (w << 16 >> 16) + (x >> 16) * (w >> 16);
#endif
}
typedef short CK(shorts) __attribute__((vector_size(CK_VECTOR * 4)));

CK_INLINE vi add_quad_products(vi x, vi w, vi sum) {
  const vi even = pair_products(x & 0x00ff00ff, (vi)((CK(shorts))w << 8 >> 8));
  const vi odd = pair_products((vi)((vu)x >> 8) & 0x00ff00ff, (vi)((CK(shorts))w >> 8));
  return sum + even + odd;
}
#endif
