// Kernels on feature maps, whose values are of one type, see map_value.
#include "depthwise.h"
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
