// Products of matrices in bfloat16, two adjacent numbers in the place of a float.

#if !defined(CK_MULTIPLIES_PAIRS)
CK_INLINE vf even_bfloats(vf pairs) { return (vf)((vi)pairs << 16); }
CK_INLINE vf odd_bfloats(vf pairs) { return (vf)((vi)pairs & (int)0xffff0000); }
#endif

// Adds the products of two pairs to each sum, the odd ones first, as the instruction does.
CK_INLINE vf add_pair_products(vf x, vf w, vf sum) {
#if defined(CK_MULTIPLIES_PAIRS)
  return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)x, (__m512bh)w);
#else
  sum = odd_bfloats(x) * odd_bfloats(w) + sum;
  return even_bfloats(x) * even_bfloats(w) + sum;
#endif
}

#define CK_SPAN(name) CK(bfloat_##name)
#define CK_ELEMENT(name) matrix_##name
#define CK_SPAN_OF ck_matrix_span
#define CK_WEIGHT float
#define CK_LOAD(p) load(p)
#define CK_NUMBERS vf
#define CK_PRODUCT(x, w, sum) add_pair_products(x, w, sum)
#include "matrix_span.h"
