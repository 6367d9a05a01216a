// 16 registers of 8 floats: 6 rows x 16 columns of a tile in 12 of them.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define CK_NAME "avx2"
#define CK_VECTOR 8
#define CK_ROWS 6
#define CK(name) name##__avx2
#define CK_NARROW_DEPTHWISE int8_depthwise__avx2
#include "templates/set.h"
#pragma clang attribute pop
#endif
