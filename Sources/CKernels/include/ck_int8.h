// Kernels on numbers of 8 bits: activations as bytes, weights as signed bytes, sums as 32-bit integers.
//
// A byte b stands for step * (b - zero). Results are computed in float32, without fused operations, and rounded to
// nearest, ties to even: every instruction set stores the same bytes.
#pragma once

#include <stdint.h>

#include "ck_types.h"

// Bytes of pixels, channels last, with the bytes from pixel to pixel.
typedef struct {
  const uint8_t *first;
  size_t stride;
} ck_byte_pixels;

typedef struct {
  uint8_t *first;
  size_t stride;
} ck_output_byte_pixels;

// How real numbers become bytes, 1 / step of them apart:
//
//   byte = round(min(max(real * inverse_step, low), high)) + zero
//
// with low >= -zero and high <= 255 - zero; narrower where an activation is applied by the way.
typedef struct {
  float inverse_step, low, high;
  int32_t zero;
} ck_rounding;

// What is done with sums of products of bytes. In steps of the output, or as real numbers if those are stored:
//
//   y[m][n] = min(max(sum[m][n] * factor[n] + (residual[m][n] - residual_zero) * residual_factor, low), high)
typedef struct {
  const int32_t *start;     // of the sum, for every column of whole panels
  const float *factor;      // likewise
  const uint8_t *residual;  // or NULL
  size_t residual_stride;
  float residual_zero, residual_factor;
  float low, high;
  int32_t zero;
  uint8_t *bytes;  // round(y) + zero, or NULL
  float *floats;   // y, where there are no bytes
  size_t output_stride;
} ck_int8_result;

// As ck_matrix_span: four bytes in the place of a float.
typedef struct {
  ck_runs inputs;
  const int32_t *panels;
  size_t columns;
  int panel_by_panel;
  ck_int8_result result;
} ck_int8_span;

// A row of output pixels of a depthwise convolution of bytes.
//
// Four rows of the kernel are multiplied together. `columns` is scratch: for each pixel of a padded input row and each four
// rows of the kernel, the bytes of those rows channel by channel, for a group of channels.
//
// Weights, start and factor are for each group in the order of ck_int8_depthwise.spread; the weights for each element of a
// row of the kernel and each four rows.
typedef struct {
  size_t kernel_height, kernel_width;
  size_t stride, dilation, padding;  // along the row, the padding in front of it
  const uint8_t *const *row;  // for each row of the kernel the first pixel of an input row, or NULL outside
  const uint8_t *outside;     // a pixel of the padding
  size_t width;
  size_t input_stride;
  size_t channels;
  const int32_t *weights;
  int32_t *columns;
  size_t padded_width;
  size_t output_width;
  ck_int8_result result;
} ck_int8_depthwise_row;

typedef struct {
  size_t group;  // channels that are computed together
  void (*row)(const ck_int8_depthwise_row *row);
  // The order of weights, start and factor in a group: place[c] for each channel.
  void (*spread)(int32_t *place);
} ck_int8_depthwise;

typedef struct {
  int multiplies_quads;  // four products of bytes in one instruction; else they are widened to 16 bits
  void (*span)(const ck_int8_span *span);
  const ck_int8_depthwise *wide_depthwise, *narrow_depthwise;  // they may be the same
} ck_int8_products;

typedef struct {
  // byte = rounding of the input.
  void (*quantize)(ck_pixels input, size_t pixels, size_t channels, ck_rounding rounding,
                   ck_output_byte_pixels output);
  // The same for a row of an image whose channels are planes.
  void (*quantize_row)(const float *input, size_t plane_stride, size_t pixels, size_t channels,
                       ck_rounding rounding, ck_output_byte_pixels output);
  // output = (input - zero) * step.
  void (*dequantize)(ck_byte_pixels input, size_t pixels, size_t channels, float zero, float step,
                     ck_output_pixels output);
  // byte = rounding of (input[p][c] * scale[c] + shift[c]).
  void (*scale_shift)(ck_byte_pixels input, const float *scale, const float *shift, size_t pixels,
                      size_t channels, ck_rounding rounding, ck_output_byte_pixels output);
  // byte = rounding of ((left - left_zero) * left_step + (right - right_zero) * right_step).
  void (*add)(ck_byte_pixels left, float left_zero, float left_step, ck_byte_pixels right, float right_zero,
              float right_step, size_t pixels, size_t channels, ck_rounding rounding,
              ck_output_byte_pixels output);

  // Strides of the window count bytes. The average is that of (input - zero) * step, rounded.
  void (*max_pool_row)(const ck_pool_window *window, const uint8_t *input, size_t output_row,
                       uint8_t *output);
  void (*average_pool_row)(const ck_pool_window *window, const uint8_t *input, size_t output_row, float zero,
                           float step, ck_rounding rounding, uint8_t *output);
} ck_int8_kernels;
