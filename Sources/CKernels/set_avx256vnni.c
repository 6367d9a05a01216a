// The same in registers of 256 bits, for layers whose channels do not fill those of 512.
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512vnni,avx2,fma"))), apply_to = function)
#define CK_MULTIPLIES_QUADS
#define CK_VECTOR 8
#define CK(name) name##__avx256vnni
#include "templates/vector.h"

#include "templates/int8.h"
#include "templates/int8_quads.h"

#include "templates/int8_depthwise.h"
#pragma clang attribute pop
#endif
