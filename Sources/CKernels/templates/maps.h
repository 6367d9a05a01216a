// Kernels on feature maps, whose values are of one type, see map_value.

// Adds the product of an input and a weight; in bfloat16 both are pairs.
#if defined(CK_BFLOAT_MAPS)
CK_INLINE vf add_product(vf x, vf w, vf sum) { return add_pair_products(x, w, sum); }
#else
CK_INLINE vf add_product(vf x, vf w, vf sum) { return sum + x * w; }
#endif

// Pixels of a block of a row: the sums and the weights of a row of a kernel fit into the registers.
#define CK_DEPTHWISE_PIXELS 8
#if defined(CK_BFLOAT_MAPS)
#include "depthwise_pairs.h"
#else
#include "depthwise.h"
#endif
#include "depthwise_row.h"
#include "elementwise.h"
#include "grouped.h"
#include "pool.h"
#include "winograd.h"

const ck_maps CK(maps) = {
    .grouped_rows = CK(grouped_rows),
    .depthwise_row = CK(depthwise_row),
    .max_pool_row = CK(max_pool_row),
    .average_pool_row = CK(average_pool_row),
    .sum_pixels = CK(sum_pixels),
    .scale_shift = CK(scale_shift),
    .add = CK(add),
    .activate = CK(activate),
    .bias_residual = CK(bias_residual),
    .layer_norm = CK(layer_norm),
    .interleave = CK(interleave),
    .response_norm = CK(response_norm),
    .winograd_input = CK(winograd_input),
    .winograd_output = CK(winograd_output),
    .from_planes = CK(from_planes),
    .from_floats = CK(from_floats),
    .to_floats = CK(to_floats),
};
