// Feature maps in bfloat16 on a CPU with AVX512_BF16.
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma"))), apply_to = function)
#define CK_BFLOAT_MAPS
#define CK_MULTIPLIES_PAIRS
#define CK_VECTOR 16
#define CK_ROWS 12
#define CK(name) name##__avx512bf16maps
#include "templates/vector.h"

#include "templates/activation.h"
#include "templates/matrix.h"

#include "templates/bfloat16_matrix.h"
#include "templates/maps.h"

void CK(map_span)(const ck_matrix_span *span) { CK(bfloat_span)(span); }
#pragma clang attribute pop
#endif
