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
  CK_CLAMP,         // between low and high
  CK_LEAKY_RELU,    // x, or slope * x where x is negative
  CK_TANH,          // amplitude * tanh(slope * x)
  CK_SIGMOID,       // 1 / (1 + e^-x)
  CK_HARD_SIGMOID,  // (x + 3) / 6 between 0 and 1
  CK_HARD_SWISH,    // x times its hard sigmoid
  CK_SILU,          // x times its sigmoid
  CK_GELU,          // x times the normal distribution's cumulative function
  CK_GELU_TANH,     // the same with an approximation by tanh
} ck_activation_kind;

typedef struct {
  ck_activation_kind kind;
  float amplitude, slope;
  float low, high;
} ck_activation;

// Normalization over the channels of a pixel; scale and shift are a float for each channel.
typedef struct {
  const float *scale, *shift;
  float epsilon;
} ck_layer_norm;

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
