// Types that all kernels share.
#pragma once

#include <stddef.h>

// Pixels of a tensor, channels last: the address of the first channel of the first pixel, and the floats from pixel to
// pixel. The rows of a matrix are pixels too.
typedef struct {
  const float *first;
  size_t stride;
} ck_pixels;

// Pixels that a kernel writes.
typedef struct {
  float *first;
  size_t stride;
} ck_output_pixels;

// A function that is applied to every element of a result.
typedef enum {
  CK_IDENTITY,
  CK_RELU,
  CK_TANH,
} ck_activation_kind;

typedef struct {
  ck_activation_kind kind;
  float amplitude, slope;  // CK_TANH: amplitude * tanh(slope * x)
} ck_activation;

// Local response normalization across channels: Krizhevsky et al. 2012, section 3.3.
//
//   output = input / (bias + alpha / size * sum of squares over `size` neighboring channels) ^ beta
typedef struct {
  size_t size;
  float alpha, beta, bias;
} ck_response_norm;

// A window that slides over the rows and columns of an image.
typedef struct {
  size_t height, width, channels;      // input image
  size_t input_stride, output_stride;  // floats from pixel to pixel
  size_t output_width;                 // pixels of an output row
  size_t kernel_height, kernel_width;
  size_t stride_height, stride_width;
  size_t padding_height, padding_width;
  int counts_padding;                  // average pooling: the divisor includes the padding
  size_t padded_height, padded_width;  // size with padding on both sides, beyond which nothing is counted
} ck_pool_window;
