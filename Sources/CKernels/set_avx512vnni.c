// What a CPU with AVX512_VNNI computes in another way than avx512.
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512vnni,avx2,fma"))), apply_to = function)
#define CK_MULTIPLIES_QUADS
#define CK_VECTOR 16
#define CK_ROWS 12
#define CK(name) name##__avx512vnni
#include "templates/vector.h"

#include "templates/activation.h"
#include "templates/matrix.h"

#include "templates/int8.h"
#include "templates/int8_quads.h"

#include "templates/int8_depthwise.h"
#include "templates/int8_matrix.h"

extern const ck_int8_depthwise int8_depthwise__avx256vnni;

const ck_int8_products int8_products__avx512vnni = {
    .multiplies_quads = 1,
    .span = CK(int8_span),
    .wide_depthwise = &CK(int8_depthwise),
    .narrow_depthwise = &int8_depthwise__avx256vnni,
};
#pragma clang attribute pop
#endif
