// What a CPU with AVX512_BF16 computes in another way than avx512.
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma"))), apply_to = function)
#define CK_MULTIPLIES_PAIRS
#define CK_VECTOR 16
#define CK_ROWS 12
#define CK(name) name##__avx512bf16
#include "templates/vector.h"

#include "templates/activation.h"
#include "templates/matrix.h"

#include "templates/bfloat16.h"
#include "templates/bfloat16_matrix.h"

// Floats times weights in float16.
#define CK_SPAN(name) CK(half_##name)
#define CK_ELEMENT(name) matrix_##name
#define CK_SPAN_OF ck_matrix_span
#define CK_WEIGHT uint16_t
#define CK_LOAD(p) (vf) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i_u *)(p)))
#define CK_NUMBERS vf
#define CK_PRODUCT(x, w, sum) ((x) * (w) + (sum))
#include "templates/matrix_span.h"

extern const ck_maps maps__avx512bf16maps;
void map_span__avx512bf16maps(const ck_matrix_span *span);

const ck_bfloat16_kernels bfloat16__avx512bf16 = {
    .multiplies_pairs = 1,
    .span = CK(bfloat_span),
    .narrow = CK(narrow_bfloat),
    .maps = &maps__avx512bf16maps,
    .half_span = CK(half_span),
    .map_span = map_span__avx512bf16maps,
};
#pragma clang attribute pop
#endif
