// The kernels of one instruction set.
#include "vector.h"

#include "activation.h"
#include "matrix.h"
#include "matrix_tile.h"

#define CK_SPAN(name) CK(matrix_##name)
#define CK_ELEMENT(name) matrix_##name
#define CK_SPAN_OF ck_matrix_span
#define CK_WEIGHT float
#define CK_LOAD(p) load(p)
#define CK_NUMBERS vf
#define CK_PRODUCT(x, w, sum) ((x) * (w) + (sum))
#include "matrix_span.h"

#include "bfloat16.h"
#include "bfloat16_matrix.h"
#include "half.h"
#include "matrix_vector.h"
#include "pack.h"
#include "patches.h"

#include "maps.h"

#include "int8.h"
#include "int8_elementwise.h"
#include "int8_quads.h"

#include "int8_depthwise.h"
#include "int8_matrix.h"

#include "strassen.h"

#include "depthwise_gradients.h"
#include "winograd_weights.h"

#include "training.h"

static const ck_bfloat16_kernels CK(bfloat16) = {
    .span = CK(bfloat_span),
    .narrow = CK(narrow_bfloat),
};

static const ck_int8_products CK(int8_products) = {
    .span = CK(int8_span),
    .wide_depthwise = &CK(int8_depthwise),
    .narrow_depthwise = &CK_NARROW_DEPTHWISE,
};

const ck_kernels CK(ck_set) = {
    .name = CK_NAME,
    .vector = CK_VECTOR,
    .tile_rows = CK_ROWS,
    .panel = CK_PANEL,
    .matrix_tile = CK(matrix_tile),
    .matrix_span = CK(matrix_span),
    .pack_panel = CK(pack_panel),
    .gather_patches = CK(gather_patches),
    .subtract = CK(subtract),
    .matrix_vector = CK(matrix_vector),
    .matrix_vectors = CK(matrix_vectors),
    .half_matrix_vector = CK(half_matrix_vector),
    .widen_half = CK(widen_half),
    .narrow_half = CK(narrow_half),
    .bfloat_matrix_vector = CK(bfloat_matrix_vector),
    .widen_bfloat = CK(widen_bfloat),
    .maps = &CK(maps),
    .bfloat16 = &CK(bfloat16),
    .int8 = &CK(int8),
    .int8_products = &CK(int8_products),
    .strassen_output = CK(strassen_output),
    .winograd_weights = CK(winograd_weights),
    .training = &CK(training),
};
