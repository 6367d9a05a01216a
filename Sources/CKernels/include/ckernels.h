// Kernels beyond BLAS: float32, channels last, one set for every instruction set.
//
// Every function takes pointers, sizes and strides, allocates nothing and keeps no state. Sizes are in
// elements, strides in floats. Inputs and outputs never overlap unless a comment says so; no alignment
// is required. Each output element is computed by the same operations in the same order whatever tile
// it falls into, so cutting the work differently changes no bit.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ck_activation.h"
#include "ck_training.h"

// Where the sums of a matrix kernel start, and what becomes of them:
//
//   output[m][n] = act(bias[n] + residual[m][n] + sum)
typedef struct {
  const float *bias;      // columns of whole panels, or NULL
  const float *residual;  // rows x columns, or NULL; may be the output itself
  size_t residual_stride;
  float *output;
  size_t output_stride;
  ck_activation activation;
} ck_matrix_result;

// Some rows of a matrix product, each output from `taps` runs of `depth` products:
//
//   sum[m][n] = sum_t sum_k row[t * rows + m][k] * panels[(t * depth + k), n]
//
// A 3x3 convolution has nine taps, and the nine row pointers of a pixel point at its neighbors in the image
// (or at zeros), so that nothing is copied.
typedef struct {
  size_t taps;
  size_t depth;
  const float *const *row;  // taps x rows pointers, each to `depth` floats
  const float *panels;      // taps * depth x columns, packed by PackedPanels
  size_t columns;
  ck_matrix_result result;
} ck_matrix_tile;

// The same for any number of rows that lie at even distances:
//
//   sum[m][n] = sum_t sum_k input[m * pixel_stride + t * tap_stride + k] * panels[(t * depth + k), n]
//
// A 1x1 convolution and a linear layer have one tap; the first layer of a network, whose pixels have few
// channels, has one for every row of its kernel.
typedef struct {
  size_t taps;
  size_t depth;
  const float *input;
  size_t tap_stride;
  size_t pixel_stride;
  size_t pixels;  // the rows
  const float *panels;
  size_t columns;
  int panel_by_panel;  // each panel meets all rows, and the next is fetched meanwhile; else each row meets all panels
  ck_matrix_result result;
} ck_matrix_span;

// The weights of a panel as a checkpoint has them. Either a column's products lie side by side (product_stride is
// taps, tap_stride 1), or only the elements of each kernel do, the last one first (tap_stride is -1).
typedef struct {
  const float *weights;
  size_t taps, products;
  ptrdiff_t tap_stride, product_stride, column_stride;
} ck_panel_source;

// Some pixels of a convolution in groups of 4 or 8 channels, as many outputs as inputs.
typedef struct {
  size_t group;  // channels of a group; fewer than a vector has floats
  size_t taps;
  const float *const *row;  // taps x pixels pointers, each to `channels` floats
  size_t channels;          // whole vectors
  const float *weights;     // per vector of channels, tap and input of the group: one vector
  const float *bias;        // channels
  const float *residual;    // or NULL
  size_t residual_stride;
  float *output;
  size_t output_stride;
  ck_activation activation;
} ck_grouped_tile;

// A window over rows and columns of a channels-last image.
typedef struct ck_pool_window {
  size_t height, width, channels;      // input image
  size_t input_stride, output_stride;  // floats from pixel to pixel
  size_t output_width;                 // pixels of one output row
  size_t kernel_height, kernel_width;
  size_t stride_height, stride_width;
  size_t padding_height, padding_width;
  int counts_padding;                  // average pooling: divide by the window with its padding
  size_t padded_height, padded_width;  // height + padding on both sides, where counting stops
} ck_pool_window;

// Where a tile of m x m results of a Winograd convolution goes, and what is done to it on the way.
typedef struct {
  const float *bias;      // channels
  const float *residual;  // or NULL
  size_t residual_row_stride, residual_pixel_stride;
  ck_activation activation;
  float *output;
  size_t output_row_stride, output_pixel_stride;
  size_t rows, columns;  // results that lie inside the image, 1 ... m
} ck_winograd_result;

// The seven products of a matrix product by Strassen's method, and where its results go: see Strassen.swift for the
// names. Row i of P1 ... P7 makes pixels 2i and 2i + 1, column n of them the columns n and half + n.
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

// All kernels of one instruction set.
typedef struct {
  const char *name;       // "avx512", "avx2", "neon", "portable"
  size_t vector;          // floats in a register
  size_t tile_rows;       // most rows of a matrix tile
  size_t panel;           // columns of a full panel; the last one may be `vector` wide
  size_t grouped_pixels;  // most pixels of a grouped tile; 0 if vectors have no more than 4 floats

  // rows 1 ... tile_rows.
  void (*matrix_tile)(size_t rows, const ck_matrix_tile *tile);
  void (*matrix_span)(const ck_matrix_span *span);

  // panel[(t * products + k) * width + n] = weights[t * tap_stride + k * product_stride + n * column_stride], or 0
  // where there is no column n.
  void (*pack_panel)(const ck_panel_source *source, size_t columns, size_t width, float *panel);

  // pixels 1 ... grouped_pixels; NULL if there are none.
  void (*grouped_tile)(size_t pixels, const ck_grouped_tile *tile);

  // One output row of a pooling: output_width x channels.
  void (*max_pool_row)(const ck_pool_window *window, const float *input, size_t output_row, float *output);
  void (*average_pool_row)(const ck_pool_window *window, const float *input, size_t output_row,
                           float *output);

  // output[c] = factor * sum over `pixels` of input[pixel][c].
  void (*sum_pixels)(const float *input, size_t input_stride, size_t pixels, size_t channels, float factor,
                     float *output);

  // output[p][c] = act(input[p][c] * scale[c] + shift[c] + residual[p][c]); in place where output is input.
  // residual may be NULL.
  void (*scale_shift)(const float *input, size_t input_stride, const float *scale, const float *shift,
                      const float *residual, size_t residual_stride, size_t pixels, size_t channels,
                      ck_activation activation, float *output, size_t output_stride);

  // output = act(first + second); in place where output is one of them.
  void (*add)(const float *first, size_t first_stride, const float *second, size_t second_stride,
              size_t pixels, size_t channels, ck_activation activation, float *output, size_t output_stride);

  // output = first - second; in place where output is one of them.
  void (*subtract)(const float *first, size_t first_stride, const float *second, size_t second_stride,
                   size_t pixels, size_t channels, float *output, size_t output_stride);

  // output = act(input); in place where output is input.
  void (*activate)(const float *input, size_t input_stride, size_t pixels, size_t channels,
                   ck_activation activation, float *output, size_t output_stride);

  // output[p][c] = act(input[p][c] + bias[c] + residual[p][c]); in place where output is input.
  // bias and residual may be NULL.
  void (*bias_residual)(const float *input, size_t input_stride, const float *bias, const float *residual,
                        size_t residual_stride, size_t pixels, size_t channels, ck_activation activation,
                        float *output, size_t output_stride);

  // Across-channel response normalization, Krizhevsky et al. 2012, section 3.3:
  // output = input / (bias + alpha / size * sum of squares over `size` neighboring channels) ^ beta.
  void (*response_norm)(const float *input, size_t input_stride, size_t pixels, size_t channels, size_t size,
                        float alpha, float beta, float bias, float *output, size_t output_stride);

  // output[o] = act(bias[o] + sum_k weights[o][k] * input[k]) for `outputs` rows of `depth` weights.
  void (*matrix_vector)(const float *weights, const float *input, const float *bias, size_t outputs,
                        size_t depth, ck_activation activation, float *output);

  // The same for some vectors; the sum over k is added up in another order than matrix_vector's:
  // output[v][o] = act(bias[o] + sum_k weights[o][k] * input[v][k]).
  void (*matrix_vectors)(const float *weights, const float *input, size_t input_stride, size_t vectors,
                         const float *bias, size_t outputs, size_t depth, ck_activation activation,
                         float *output, size_t output_stride);

  // matrix_vector with weights in float16 and a factor for each output, so that a row may use float16's whole range:
  // output[o] = act(bias[o] + scale[o] * sum_k weights[o][k] * input[k]).
  void (*half_matrix_vector)(const uint16_t *weights, const float *scale, const float *input,
                             const float *bias, size_t outputs, size_t depth, ck_activation activation,
                             float *output);

  // output[i] = factor * input[i], from float16 and to it; to the nearest, ties to even.
  void (*widen_half)(const uint16_t *input, size_t count, float factor, float *output);
  void (*narrow_half)(const float *input, size_t count, float factor, uint16_t *output);

  // output[pixel][n] = act(bias[n] + residual[pixel][n] + C[pixel][n]) for `columns` of both halves, C from the
  // products; a last even pixel needs no row of P4 and P7.
  void (*strassen_output)(size_t pixels, size_t columns, const ck_strassen_result *result);

  // Winograd convolution F(m x m, r x r) of n x n points, n = m + r - 1: (n, r) is (4, 3), (6, 3), (8, 3), (6, 5)
  // or (8, 5).
  // Input: n^2 pointers to pixels, row by row, of `channels` floats each; point p of channel c goes to
  // output[p * point_stride + c].
  void (*winograd_input)(size_t n, const float *const *pixel, size_t channels, float *output,
                         size_t point_stride);
  void (*winograd_output)(size_t n, size_t r, const float *input, size_t point_stride, size_t channels,
                          const ck_winograd_result *result);
  // r x r weights, `tap_stride` floats apart, of one input channel for `outputs` output channels, `output_stride`
  // floats apart; point p of output o goes to packed[p * point_stride + o], with zeros up to whole vectors.
  void (*winograd_weights)(size_t n, size_t r, const float *weights, ptrdiff_t tap_stride, size_t outputs,
                           ptrdiff_t output_stride, float *packed, size_t point_stride);

  // What only training needs.
  const ck_training_kernels *training;
} ck_kernels;

// The sets compiled in, best first; the last is "portable" and runs everywhere.
size_t ck_set_count(void);
const ck_kernels *ck_set(size_t index);
// Whether this CPU can run set `index`.
int ck_set_runs_here(size_t index);
// The best set that runs here, or the one named by $CNNZOO_SIMD if it runs here. Chosen once.
const ck_kernels *ck_best(void);

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

// A hint to the core that it is spinning.
static inline void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
