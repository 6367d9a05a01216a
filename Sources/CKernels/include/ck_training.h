// Kernels of the backward pass and of batch statistics; the rules of ckernels.h hold here too.
#pragma once

#include <stddef.h>

#include "ck_activation.h"

// Products of two stacks of pixels, summed over the pixels:
//
//   output[m][n] += sum over pixels p of left[p][m] * right[p][n]
//
// which is the gradient of a convolution's weights for one element of its kernel: left are the output's
// gradients, right the input pixels that the element saw. Pixels of `left` lie at even distances; those of `right` in
// rows, and rows in images.
typedef struct {
  size_t images, height, width;  // pixels, of both
  const float *left;             // pixels x rows
  size_t left_pixel;             // floats from pixel to pixel
  const float *right;
  size_t right_pixel, right_row, right_image;  // floats from pixel to pixel, row to row, image to image
  float *output;                               // rows x panel width
  size_t output_stride;
  size_t columns;   // columns that are written: 1 ... panel width
  int accumulates;  // 0: output is overwritten
} ck_outer_tile;

struct ck_pool_window;

typedef struct {
  // rows 1 ... tile_rows; wide != 0 for a panel of `panel` columns, 0 for one of `vector`.
  void (*outer_tile)(size_t rows, int wide, const ck_outer_tile *tile);

  // output[p][0 ..< width] = input[p][0 ..< columns], then zeros; `width` floats from pixel to pixel.
  void (*gather)(const float *input, size_t input_stride, size_t pixels, size_t columns, size_t width,
                 float *output);

  // The gradient of Winograd convolution's weights, for the same (n, r) as the convolution itself. m^2 pointers to the
  // gradients of a tile of results, row by row; point p of channel c goes to output[p * point_stride + c].
  void (*winograd_gradient)(size_t n, size_t r, const float *const *pixel, size_t channels, float *output,
                            size_t point_stride);
  // From n^2 points of `channels` weights each to r^2 taps: tap t of weight c goes to output[t * tap_stride + c].
  void (*winograd_weight_results)(size_t n, size_t r, const float *input, size_t point_stride,
                                  size_t channels, float *output, size_t tap_stride);

  // Mean and sum of squared deviations from it, of each channel over `pixels`.
  void (*moments)(const float *input, size_t stride, size_t pixels, size_t channels, float *mean,
                  float *deviation);

  // Sums over pixels, for batch norm: of g, and of g * (input - mean) * inverse, where g is the gradient
  // in front of the activation behind the norm, whose input was input * scale + shift.
  void (*norm_sums)(const float *gradient, size_t gradient_stride, const float *input, size_t input_stride,
                    const float *mean, const float *inverse, const float *scale, const float *shift,
                    size_t pixels, size_t channels, ck_activation activation, float *sum, float *product);

  // output = (accumulates ? output : 0) + scale * (g - first - (input - mean) * second), g as above.
  void (*norm_gradient)(const float *gradient, size_t gradient_stride, const float *input,
                        size_t input_stride, const float *mean, const float *scale, const float *shift,
                        const float *first, const float *second, size_t pixels, size_t channels,
                        ck_activation activation, int accumulates, float *output, size_t output_stride);

  // target = (accumulates ? target : 0) + gradient * act', with act' from the activation's result; in place where
  // target is gradient.
  void (*activation_gradient)(const float *result, size_t result_stride, const float *gradient,
                              size_t gradient_stride, size_t pixels, size_t channels,
                              ck_activation activation, int accumulates, float *target, size_t target_stride);

  // target = (accumulates ? target : 0) + factor * input.
  void (*scaled_add)(const float *input, size_t input_stride, float factor, size_t pixels, size_t channels,
                     int accumulates, float *target, size_t target_stride);

  // One image, `window->channels` channels: each output's gradient goes to the first largest input of its
  // window. `target` holds something already.
  void (*max_pool_gradient)(const struct ck_pool_window *window, size_t output_height, const float *input,
                            const float *output, const float *gradient, size_t gradient_stride, float *target,
                            size_t target_stride);

  // One image: each output's gradient is spread evenly over its window. `target` holds something already.
  void (*average_pool_gradient)(const struct ck_pool_window *window, size_t output_height,
                                const float *gradient, size_t gradient_stride, float *target,
                                size_t target_stride);

  // Gradient of response_norm: scratch of 2 * channels floats.
  void (*response_norm_gradient)(const float *input, size_t input_stride, const float *gradient,
                                 size_t gradient_stride, size_t pixels, size_t channels, size_t size,
                                 float alpha, float beta, float bias, int accumulates, float *scratch,
                                 float *target, size_t target_stride);
} ck_training_kernels;
