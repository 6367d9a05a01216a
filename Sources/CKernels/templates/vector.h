// Vectors of CK_VECTOR floats in the compiler's own vector types: the same source becomes AVX-512, AVX2,
// NEON or SSE code by the instruction set that the including file switches on. a * b + c in one
// expression is a fused multiply-add wherever the instruction set has one.
//
// The including file defines CK_VECTOR, CK_ROWS, CK_NAME and the suffix CK(name) of its functions.
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "ckernels.h"

#define CK_PANEL (2 * CK_VECTOR)
#define CK_INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(CK_VECTOR * 4)));
typedef int vi __attribute__((vector_size(CK_VECTOR * 4)));
typedef float vf_unaligned __attribute__((vector_size(CK_VECTOR * 4), aligned(4)));

CK_INLINE vf load(const float *p) { return *(const vf_unaligned *)p; }
CK_INLINE void store(float *p, vf v) { *(vf_unaligned *)p = v; }
// The first `count` floats, the others zero: the last vector of a pixel reads and writes nothing beyond it.
CK_INLINE vf load_some(const float *p, size_t count) {
  if (count == CK_VECTOR) return load(p);
  vf v = {0};
  memcpy(&v, p, count * sizeof(float));
  return v;
}
CK_INLINE void store_some(float *p, vf v, size_t count) {
  if (count == CK_VECTOR) store(p, v);
  else memcpy(p, &v, count * sizeof(float));
}
CK_INLINE vf splat(float x) { return x - (vf){0}; }
CK_INLINE vf select(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }
// NaN stays NaN, as the reference frameworks have it.
CK_INLINE vf rectify(vf x) { return select(x < 0, (vf){0}, x); }
CK_INLINE vf larger(vf a, vf b) { return select((a > b) | (a != a), a, b); }
CK_INLINE float rectify1(float x) { return x < 0 ? 0 : x; }
