// Kernels beyond BLAS: float32, channels last, one set for each instruction set.
//
// Kernels take pointers, sizes and strides, allocate nothing and keep no state. Sizes are in elements, strides in floats.
// Inputs and outputs do not overlap unless a comment allows it, and need no alignment. An output element is computed by
// the same operations in the same order whichever tile it belongs to, so the division of work does not affect the bits.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ck_int8.h"
#include "ck_training.h"
#include "ck_types.h"

// What the sums of a matrix kernel start from, and what is done with them:
//
//   output[m][n] = act(bias[n] + residual[m][n] + sum)
typedef struct {
  const float *bias;     // a value for every column of whole panels, or NULL
  const void *residual;  // rows x columns, or NULL; may be the output
  size_t residual_stride;
  void *output;
  size_t output_stride;
  ck_activation activation;
} ck_matrix_result;

// Some rows of a matrix product. Each output is the sum of `taps` dot products of length `depth`:
//
//   sum[m][n] = sum_t sum_k row[t * rows + m][k] * panels[(t * depth + k), n]
//
// A 3x3 convolution has nine taps. The nine row pointers of a pixel point at its neighbors in the image, or at zeros,
// so nothing is copied.
typedef struct {
  size_t taps;
  size_t depth;
  const void *const *row;  // taps x rows pointers, each to `depth` floats
  const float *panels;     // taps * depth x columns, packed by PackedPanels
  size_t columns;
  ck_matrix_result result;
} ck_matrix_tile;

// The same for any number of rows at even distances.
//
// A 1x1 convolution and a linear layer have one tap. The first layer of a network, whose pixels have few channels, has
// one for each row of its kernel.
typedef struct {
  ck_runs inputs;
  const float *panels;
  size_t columns;
  int panel_by_panel;  // multiply all rows by one panel, prefetching the next; else each block of rows by all panels
  ck_matrix_result result;
} ck_matrix_span;

// The weights of a panel as a checkpoint stores them. Either all products of a column are adjacent (product_stride is
// taps, tap_stride 1), or only the elements of each kernel are, in reverse order (tap_stride is -1).
typedef struct {
  const float *weights;
  size_t taps, products;
  ptrdiff_t tap_stride, product_stride, column_stride;
} ck_panel_source;

// Where the m x m results of a Winograd tile go, and what is done to them on the way.
typedef struct {
  float factor;          // of the products
  const float *bias;     // channels
  const void *residual;  // or NULL
  size_t residual_row_stride, residual_pixel_stride;
  ck_activation activation;
  void *output;
  size_t output_row_stride, output_pixel_stride;
  size_t rows, columns;  // results inside the image, 1 ... m
} ck_winograd_result;

// The seven products of Strassen's method, named as in Strassen.swift, and where the results go. Row i of P1 ... P7
// makes pixels 2i and 2i + 1; their column n makes columns n and half + n.
typedef struct {
  const float *product[7];
  size_t product_stride;
  const float *bias;  // 2 * half columns
  size_t half;
  const float *residual;  // or NULL
  size_t residual_stride;
  ck_activation activation;
  float *output;
  size_t output_stride;
} ck_strassen_result;

// The inputs of output pixels of a convolution, those of a pixel together: for each row of the kernel and each element of
// it the channels of a pixel, `outside` for the padding. Channels and strides count bytes. What is left of row_bytes is 0.
typedef struct {
  size_t height, width, channels;  // input image
  size_t input_stride;
  size_t output_height, output_width;
  size_t kernel_height, kernel_width;
  size_t stride_height, stride_width;
  size_t dilation_height, dilation_width;
  size_t padding_height, padding_width;  // in front
  uint8_t outside;
  size_t row_bytes;
} ck_patches;

// Kernels on feature maps whose values are all of one type: floats, or bfloat16. Everything else is float.
typedef struct {
  // Convolutions in groups, and depthwise ones.
  void (*grouped_rows)(const ck_grouped_rows *rows);
  void (*depthwise_row)(const ck_depthwise_row *row);

  // One output row of a pooling: output_width x channels.
  void (*max_pool_row)(const ck_pool_window *window, const void *input, size_t output_row, void *output);
  void (*average_pool_row)(const ck_pool_window *window, const void *input, size_t output_row, void *output);

  // output[c] = factor * sum over the pixels of input[p][c].
  void (*sum_pixels)(ck_pixels input, size_t pixels, size_t channels, float factor, float *output);

  // The elementwise kernels work in place where the output is one of the inputs.

  // output = act(input).
  void (*activate)(ck_pixels input, size_t pixels, size_t channels, ck_activation activation,
                   ck_output_pixels output);

  // output[p][c] = act(input[p][c] * scale[c] + shift[c] + residual[p][c]); shift and residual.first may be NULL.
  void (*scale_shift)(ck_pixels input, const float *scale, const float *shift, ck_pixels residual,
                      size_t pixels, size_t channels, ck_activation activation, ck_output_pixels output);

  // output[p][c] = act(input[p][c] + bias[c] + residual[p][c]); bias and residual.first may be NULL.
  void (*bias_residual)(ck_pixels input, const float *bias, ck_pixels residual, size_t pixels,
                        size_t channels, ck_activation activation, ck_output_pixels output);

  // output = act(left + right).
  void (*add)(ck_pixels left, ck_pixels right, size_t pixels, size_t channels, ck_activation activation,
              ck_output_pixels output);

  // output[p][c] = (input[p][c] - mean) / sqrt(variance + epsilon) * scale[c] + shift[c], with the mean and the variance
  // of pixel p's channels.
  void (*layer_norm)(ck_pixels input, size_t pixels, size_t channels, ck_layer_norm norm,
                     ck_output_pixels output);

  // output[p][c * parts + i] = part[i][p][c] for `channels` of each part. The output is none of the parts.
  void (*interleave)(const ck_pixels *part, size_t parts, size_t pixels, size_t channels,
                     ck_output_pixels output);

  void (*response_norm)(ck_pixels input, size_t pixels, size_t channels, ck_response_norm norm,
                        ck_output_pixels output);

  // Winograd convolution F(m x m, r x r) on n x n points, n = m + r - 1: (n, r) is (4, 3), (6, 3), (8, 3), (6, 5) or
  // (8, 5).
  //
  // Input: n^2 pointers to pixels of `channels` floats, row by row; point p of channel c goes to
  // output[p * point_stride + c].
  void (*winograd_input)(size_t n, const void *const *pixel, size_t channels, float *output,
                         size_t point_stride);
  void (*winograd_output)(size_t n, size_t r, const float *input, size_t point_stride, size_t channels,
                          const ck_winograd_result *result);

  // output = input, whose channels are planes of floats, `plane_stride` apart.
  void (*from_planes)(const float *plane, size_t plane_stride, size_t pixels, size_t channels,
                      ck_output_pixels output);

  // output = input, of floats, and to floats.
  void (*from_floats)(ck_pixels input, size_t pixels, size_t channels, ck_output_pixels output);
  void (*to_floats)(ck_pixels input, size_t pixels, size_t channels, ck_output_pixels output);
} ck_maps;

// Products in bfloat16: two numbers in the place of a float, the even one in the lower half.
typedef struct {
  int multiplies_pairs;  // in one instruction; else pairs are widened and multiplied one after the other

  // As matrix_span, with pairs in the places of floats. Bias, residual and output are floats.
  void (*span)(const ck_matrix_span *span);

  // output[i] = input[i], to nearest, ties to even.
  void (*narrow)(const float *input, size_t count, uint16_t *output);

  // Feature maps in bfloat16, and the products that read and write them: as span, but residual and output are bfloat16.
  // NULL unless pairs are multiplied in one instruction.
  const ck_maps *maps;
  void (*half_span)(const ck_matrix_span *span);  // as matrix_span, with weights in float16
  void (*map_span)(const ck_matrix_span *span);
} ck_bfloat16_kernels;

// All kernels of one instruction set.
typedef struct {
  const char *name;  // "avx512", "avx2", "neon", "portable"
  size_t vector;     // floats of a register
  size_t tile_rows;  // most rows of a matrix tile
  size_t panel;      // columns of a full panel; the last panel may be `vector` wide

  // rows 1 ... tile_rows.
  void (*matrix_tile)(size_t rows, const ck_matrix_tile *tile);
  void (*matrix_span)(const ck_matrix_span *span);

  // panel[(t * products + k) * width + n] = weights[t * tap_stride + k * product_stride + n * column_stride], and 0 for
  // n from `columns` on.
  void (*pack_panel)(const ck_panel_source *source, size_t columns, size_t width, float *panel);

  // The inputs of `count` output pixels from `first` on, counted over the whole batch.
  void (*gather_patches)(const ck_patches *patches, const void *input, size_t first, size_t count,
                         void *output);

  // output = left - right.
  void (*subtract)(ck_pixels left, ck_pixels right, size_t pixels, size_t channels, ck_output_pixels output);

  // output[o] = act(bias[o] + sum_k weights[o][k] * input[k]) for `outputs` rows of `depth` weights; bias may be NULL.
  void (*matrix_vector)(const float *weights, const float *input, const float *bias, size_t outputs,
                        size_t depth, ck_activation activation, float *output);

  // The same for several vectors; the sum over k is in another order than matrix_vector's.
  void (*matrix_vectors)(const float *weights, ck_pixels input, size_t vectors, const float *bias,
                         size_t outputs, size_t depth, ck_activation activation, ck_output_pixels output);

  // matrix_vector with float16 weights and a factor for each output, which gives each row float16's whole range:
  // output[o] = act(bias[o] + scale[o] * sum_k weights[o][k] * input[k]).
  void (*half_matrix_vector)(const uint16_t *weights, const float *scale, const float *input,
                             const float *bias, size_t outputs, size_t depth, ck_activation activation,
                             float *output);

  // output[i] = factor * input[i], from float16 and to float16 (to nearest, ties to even).
  void (*widen_half)(const uint16_t *input, size_t count, float factor, float *output);
  void (*narrow_half)(const float *input, size_t count, float factor, uint16_t *output);

  // matrix_vector with bfloat16 weights, and output[i] = input[i] from bfloat16.
  void (*bfloat_matrix_vector)(const uint16_t *weights, const float *input, const float *bias, size_t outputs,
                               size_t depth, ck_activation activation, float *output);
  void (*widen_bfloat)(const uint16_t *input, size_t count, float *output);
  const ck_maps *maps;  // in floats
  const ck_bfloat16_kernels *bfloat16;
  const ck_int8_kernels *int8;
  const ck_int8_products *int8_products;

  // output[p][n] = act(bias[n] + residual[p][n] + C[p][n]) for `columns` of both halves, with C from the products. The
  // last pixel, if even, needs no row of P4 and P7.
  void (*strassen_output)(size_t pixels, size_t columns, const ck_strassen_result *result);

  // r x r weights, `tap_stride` floats apart, of one input channel for `outputs` output channels, `output_stride` floats
  // apart; point p of output o goes to packed[p * point_stride + o], padded with zeros to whole vectors.
  void (*winograd_weights)(size_t n, size_t r, const float *weights, ptrdiff_t tap_stride, size_t outputs,
                           ptrdiff_t output_stride, float *packed, size_t point_stride);

  // What training needs on top.
  const ck_training_kernels *training;
} ck_kernels;

// The sets in this build, best first; the last one is "portable" and runs everywhere.
size_t ck_set_count(void);
const ck_kernels *ck_set(size_t index);
// Whether this CPU runs set `index`.
int ck_set_runs_here(size_t index);
// The products in bfloat16 for a set: those of a CPU's own instructions, if it has any, or the set's.
const ck_bfloat16_kernels *ck_bfloat16_of(const ck_kernels *set);
// The products of bytes, likewise.
const ck_int8_products *ck_int8_products_of(const ck_kernels *set);

// Writes back `bytes` bytes and drops them from every cache.
static inline void ck_evict(const void *memory, size_t bytes) {
#if defined(__x86_64__)
  for (size_t i = 0; i < bytes; i += 64) __builtin_ia32_clflush((const char *)memory + i);
  __builtin_ia32_mfence();
#elif defined(__aarch64__)
  for (size_t i = 0; i < bytes; i += 64)
    __asm__ volatile("dc civac, %0" : : "r"((const char *)memory + i) : "memory");
  __asm__ volatile("dsb ish" : : : "memory");
#endif
}

// Tells the core that it is spinning.
static inline void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
