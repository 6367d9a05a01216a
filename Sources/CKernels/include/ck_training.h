// Kernels of the backward pass and of batch statistics; the rules of ckernels.h apply.
#pragma once

#include <stddef.h>

#include "ck_types.h"

// Outer products of pixels, summed over the pixels:
//
//   output[m][n] += sum over pixels p of left[p][m] * right[p][n]
//
// This is the gradient of a convolution's weights for one element of the kernel: left are the gradients of the output,
// right the input pixels that the element saw. The pixels of `left` are at even distances; those of `right` form rows,
// and the rows images.
typedef struct {
  size_t images, height, width;  // pixels of both
  const float *left;             // pixels x rows
  size_t left_pixel;             // floats from pixel to pixel
  const float *right;
  size_t right_pixel, right_row, right_image;  // floats from pixel to pixel, row to row, image to image
  float *output;                               // rows x panel width
  size_t output_stride;
  size_t columns;   // columns that are written: 1 ... panel width
  int accumulates;  // 0: the output is overwritten
} ck_outer_tile;

// What a batch norm has done, `channels` floats each:
//
//   output = (input - mean) * inverse * weight + bias = input * scale + shift
typedef struct {
  const float *mean, *inverse, *scale, *shift;
} ck_batch_norm;

// Where a kernel `accumulates`, it adds to the target, and otherwise overwrites it.
typedef struct {
  // rows 1 ... tile_rows; wide != 0 for a panel of `panel` columns, 0 for one of `vector`.
  void (*outer_tile)(size_t rows, int wide, const ck_outer_tile *tile);

  // output[p][0 ..< width] = input[p][0 ..< columns], then zeros; `width` floats from pixel to pixel.
  void (*gather)(ck_pixels input, size_t pixels, size_t columns, size_t width, float *output);

  // The gradient of Winograd convolution's weights, for the (n, r) of the convolution itself. m^2 pointers to the
  // gradients of the results of a Winograd tile, row by row; point p of channel c goes to output[p * point_stride + c].
  void (*winograd_gradient)(size_t n, size_t r, const void *const *pixel, size_t channels, float *output,
                            size_t point_stride);
  // From n^2 points of `channels` weights each to r^2 taps: tap t of weight c goes to output[t * tap_stride + c].
  void (*winograd_weight_results)(size_t n, size_t r, const float *input, size_t point_stride,
                                  size_t channels, float *output, size_t tap_stride);

  // The gradient of a depthwise convolution's weights. Adds the products of a row of output pixels with the input pixels
  // that its kernel meets to `sums`, in the order of the weights; of `row` only the sizes and the input count.
  void (*depthwise_gradient_row)(const ck_depthwise_row *row, ck_pixels gradient, float *sums);

  // A row of the gradient of a depthwise convolution's input. Input and output change places: `row` has the gradients of
  // the output rows that read this one, or NULL, `width` and `input_stride` are theirs. There is no bias.
  void (*depthwise_input_gradient_row)(const ck_depthwise_row *row);

  // Mean and sum of squared deviations from it, for each channel over the pixels.
  void (*batch_statistics)(ck_pixels input, size_t pixels, size_t channels, float *mean, float *deviation);

  // Sums over the pixels of g and of g * (input - mean) * inverse, where g is the gradient in front of the activation
  // behind a norm.
  void (*norm_sums)(ck_pixels gradient, ck_pixels input, ck_batch_norm norm, size_t pixels, size_t channels,
                    ck_activation activation, float *sum, float *product);

  // target (+)= scale * (g - mean_gradient - (input - mean) * mean_product), with g as above.
  void (*norm_gradient)(ck_pixels gradient, ck_pixels input, ck_batch_norm norm, const float *mean_gradient,
                        const float *mean_product, size_t pixels, size_t channels, ck_activation activation,
                        int accumulates, ck_output_pixels target);

  // target (+)= gradient * act', with the derivative computed from the activation's results; in place where target is
  // gradient.
  void (*activation_gradient)(ck_pixels results, ck_pixels gradient, size_t pixels, size_t channels,
                              ck_activation activation, int accumulates, ck_output_pixels target);

  // output[c] = sum over the pixels of left[p][c] * right[p][c].
  void (*sum_products)(ck_pixels left, ck_pixels right, size_t pixels, size_t channels, float *output);

  // Gradient of layer_norm: target (+)= that of the input, unless target.first is NULL; and for each channel the sums over
  // the pixels of gradient * normalized input and of gradient, which are the gradients of scale and shift.
  void (*layer_norm_gradient)(ck_pixels input, ck_pixels gradient, size_t pixels, size_t channels,
                              ck_layer_norm norm, int accumulates, ck_output_pixels target, float *products,
                              float *sums);

  // part[i][p][c] (+)= input[p][c * parts + i] for `channels` of each part.
  void (*deinterleave)(ck_pixels input, size_t pixels, size_t channels, int accumulates,
                       const ck_output_pixels *part, size_t parts);

  // target (+)= factor * input.
  void (*scaled_add)(ck_pixels input, float factor, size_t pixels, size_t channels, int accumulates,
                     ck_output_pixels target);

  // One image. Adds the gradient of each output to the first of the largest inputs of its window.
  void (*max_pool_gradient)(const ck_pool_window *window, size_t output_height, const float *input,
                            const float *output, ck_pixels gradient, ck_output_pixels target);

  // One image. Adds the gradient of each output, spread evenly, to all inputs of its window.
  void (*average_pool_gradient)(const ck_pool_window *window, size_t output_height, ck_pixels gradient,
                                ck_output_pixels target);

  // Gradient of response_norm; `scratch` has 2 * channels floats.
  void (*response_norm_gradient)(ck_pixels input, ck_pixels gradient, size_t pixels, size_t channels,
                                 ck_response_norm norm, int accumulates, float *scratch,
                                 ck_output_pixels target);
} ck_training_kernels;
