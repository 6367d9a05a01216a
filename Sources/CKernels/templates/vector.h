// Vectors of CK_VECTOR floats in the compiler's vector types: the same source compiles to AVX-512, AVX2, NEON or SSE
// code, depending on the instruction set that the including file enables. a * b + c in one expression is a fused
// multiply-add wherever the instruction set has one.
//
// The including file defines CK_VECTOR, CK_ROWS, CK_NAME and CK(name), the names of its functions.
#include <math.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "ckernels.h"

#define CK_PANEL (2 * CK_VECTOR)
#define CK_INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(CK_VECTOR * 4)));
typedef int vi __attribute__((vector_size(CK_VECTOR * 4)));
typedef unsigned vu __attribute__((vector_size(CK_VECTOR * 4)));
typedef float vf_unaligned __attribute__((vector_size(CK_VECTOR * 4), aligned(4)));

#if CK_VECTOR == 8
// All bits set in the first `count` lanes.
#define CK_FIRST(count) ((vi){0, 1, 2, 3, 4, 5, 6, 7} < (int)(count))
#endif

CK_INLINE vf load(const float *p) { return *(const vf_unaligned *)p; }
CK_INLINE void store(float *p, vf v) { *(vf_unaligned *)p = v; }
// The first `count` floats, then zeros: the last vector of a pixel reads and writes nothing beyond the pixel.
CK_INLINE vf load_some(const float *p, size_t count) {
  if (count >= CK_VECTOR) return load(p);
#if CK_VECTOR == 16
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#elif CK_VECTOR == 8
  return (vf)_mm256_maskload_ps(p, (__m256i)CK_FIRST(count));
#else
  vf v = {0};
  for (size_t i = 0; i < count; i++) v[i] = p[i];
  return v;
#endif
}
CK_INLINE void store_some(float *p, vf v, size_t count) {
  if (count >= CK_VECTOR) {
    store(p, v);
    return;
  }
#if CK_VECTOR == 16
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
#elif CK_VECTOR == 8
  // No masked store: some CPUs execute it in microcode.
  __m128 part = _mm256_castps256_ps128((__m256)v);
  if (count & 4) {
    _mm_storeu_ps(p, part);
    p += 4;
    part = _mm256_extractf128_ps((__m256)v, 1);
  }
  if (count & 2) {
    _mm_storel_pi((__m64 *)p, part);
    p += 2;
    part = _mm_movehl_ps(part, part);
  }
  if (count & 1) _mm_store_ss(p, part);
#else
  for (size_t i = 0; i < count; i++) p[i] = v[i];
#endif
}
CK_INLINE vf splat(float x) { return x - (vf){0}; }
CK_INLINE vf choose(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }
CK_INLINE vf larger(vf a, vf b) { return choose((a > b) | (a != a), a, b); }

// The lanes of the lower halves of two vectors in turn, and those of the upper halves; and the even and the odd lanes of
// both.
#if CK_VECTOR == 16
#define CK_PAIRS(a, b, first, step, other) \
  __builtin_shufflevector(a, b, first, other, first + step, other + step, first + 2 * step, \
                          other + 2 * step, first + 3 * step, other + 3 * step, first + 4 * step, \
                          other + 4 * step, first + 5 * step, other + 5 * step, first + 6 * step, \
                          other + 6 * step, first + 7 * step, other + 7 * step)
#elif CK_VECTOR == 8
#define CK_PAIRS(a, b, first, step, other) \
  __builtin_shufflevector(a, b, first, other, first + step, other + step, first + 2 * step, \
                          other + 2 * step, first + 3 * step, other + 3 * step)
#else
#define CK_PAIRS(a, b, first, step, other) \
  __builtin_shufflevector(a, b, first, other, first + step, other + step)
#endif
CK_INLINE vf zip_low(vf a, vf b) { return CK_PAIRS(a, b, 0, 1, CK_VECTOR); }
CK_INLINE vf zip_high(vf a, vf b) { return CK_PAIRS(a, b, CK_VECTOR / 2, 1, CK_VECTOR + CK_VECTOR / 2); }
CK_INLINE vf even_lanes(vf a, vf b) { return CK_PAIRS(a, b, 0, 4, 2); }
CK_INLINE vf odd_lanes(vf a, vf b) { return CK_PAIRS(a, b, 1, 4, 3); }

// The first `count` lanes, then zeros.
CK_INLINE vf keep_some(vf v, size_t count) {
  vi lane;
  for (int i = 0; i < CK_VECTOR; i++) lane[i] = i;
  return count >= CK_VECTOR ? v : choose(lane < (int)count, v, (vf){0});
}

// The sum of all lanes: the upper half is added to the lower half until one lane is left.
CK_INLINE float sum_lanes(vf v) {
#pragma clang loop unroll(full)
  for (size_t half = CK_VECTOR / 2; half > 0; half /= 2)
#pragma clang loop unroll(full)
    for (size_t i = 0; i < half; i++) v[i] += v[i + half];
  return v[0];
}

// All channels c of a pixel in steps of a vector; `n` is the number of channels in the vector.
#define CK_EACH_VECTOR(c, n, channels) \
  for (size_t c = 0, n; c < (channels) && (n = (channels)-c < CK_VECTOR ? (channels)-c : CK_VECTOR, 1); \
       c += CK_VECTOR)

// The numbers of feature maps: floats, or bfloat16 in a file that defines CK_BFLOAT_MAPS. A vector of them is one of floats
// in registers.
#if defined(CK_BFLOAT_MAPS)
typedef uint16_t map_value;
CK_INLINE vf load_values(const map_value *p, size_t count) {
  const __m256i values = count >= CK_VECTOR ? _mm256_loadu_si256((const __m256i_u *)p)
                                            : _mm256_maskz_loadu_epi16((__mmask16)((1u << count) - 1), p);
  return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16);
}
CK_INLINE void store_values(map_value *p, vf v, size_t count) {
  const __m256i values = (__m256i)_mm512_cvtneps_pbh((__m512)v);
  if (count >= CK_VECTOR) _mm256_storeu_si256((__m256i_u *)p, values);
  else _mm256_mask_storeu_epi16(p, (__mmask16)((1u << count) - 1), values);
}
#else
typedef float map_value;
CK_INLINE vf load_values(const map_value *p, size_t count) { return load_some(p, count); }
CK_INLINE void store_values(map_value *p, vf v, size_t count) { store_some(p, v, count); }
#endif

// Pixel `p` of some.
CK_INLINE const map_value *pixel_at(ck_pixels pixels, size_t p) {
  return (const map_value *)pixels.first + p * pixels.stride;
}
CK_INLINE map_value *output_pixel_at(ck_output_pixels pixels, size_t p) {
  return (map_value *)pixels.first + p * pixels.stride;
}
