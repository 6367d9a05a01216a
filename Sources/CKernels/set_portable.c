// What every 64-bit CPU has: 16 registers of 4 floats, 6 rows x 8 columns of a tile in 12 of them.
#define CK_NAME "portable"
#define CK_VECTOR 4
#define CK_ROWS 6
#define CK(name) name##__portable
#define CK_NARROW_DEPTHWISE int8_depthwise__portable
#include "templates/set.h"
