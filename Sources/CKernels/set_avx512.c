// 32 registers of 16 floats: 12 rows x 32 columns of a tile in 24 of them.
#if defined(__x86_64__)
#include "ckernels.h"
extern const ck_int8_depthwise int8_depthwise__avx2;

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), \
                             apply_to = function)
#define CK_NAME "avx512"
#define CK_VECTOR 16
#define CK_ROWS 12
#define CK(name) name##__avx512
#define CK_NARROW_DEPTHWISE int8_depthwise__avx2
#include "templates/set.h"
#pragma clang attribute pop
#endif
