// 32 registers of 4 floats: 12 rows x 8 columns of a tile in 24 of them.
#if defined(__aarch64__)
#define CK_NAME "neon"
#define CK_VECTOR 4
#define CK_ROWS 12
#define CK(name) name##__neon
#define CK_NARROW_DEPTHWISE int8_depthwise__neon
#include "templates/set.h"
#endif
