// Types that all kernels share.
#pragma once

#include <stddef.h>

// Pixels of a tensor, channels last: the address of the first channel of the first pixel, and the values from pixel to
// pixel. The rows of a matrix are pixels too. Values are floats unless a comment says otherwise.
typedef struct {
  const void *first;
  size_t stride;
} ck_pixels;

// The inputs of the rows of a matrix product with floats, or with as many bytes in the place of each. Row m, which is the
// inputs of a pixel, consists of `taps` runs of `depth` elements; run t begins m * pixel_stride + t * tap_stride bytes after
// the address. Rows follow each other so `lines` times, `line_stride` bytes apart; 0 lines mean 1.
typedef struct {
  size_t taps, depth;
  const void *address;
  size_t tap_stride, pixel_stride;
  size_t pixels;
  size_t lines, line_stride;
} ck_runs;

// Pixels that a kernel writes.
typedef struct {
  void *first;
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

// What is added to the sums of some pixels, and where the results go:
//
//   output = act(sum + residual)
typedef struct {
  const void *residual;  // or NULL
  size_t residual_stride;
  void *output;
  size_t output_stride;
  ck_activation activation;
} ck_pixel_result;

// A row of output pixels of a depthwise convolution. Weights and bias fill whole vectors: for each vector of channels, the
// weights of each element of the kernel. In bfloat16 an element is the pair of weights of two rows of the kernel in one
// column, zero below the last row; of each two vectors, the first then has the first four of each eight channels, the
// second the others.
typedef struct {
  size_t kernel_height, kernel_width;
  size_t stride, dilation, padding;  // along the row, the padding in front of it
  const void *const
      *row;      // for each row of the kernel the first pixel of an input row, or NULL outside the image
  size_t width;  // pixels of an input row
  size_t input_stride;
  size_t channels;
  const float *weights, *bias;
  size_t output_width;
  ck_pixel_result result;
} ck_depthwise_row;

// Rows of output pixels of a convolution in groups, with a kernel 3 wide and a stride of 1 or 2 along the row. Groups have
// as many outputs as inputs. In bfloat16, where they are even, "input" means a pair of them, and a weight is a pair too; in
// lane l of a vector that groups share are then those of output l and pair r of its group.
//
// Where `group` is a power of two less than a vector, several groups share one: the weights of a vector of outputs are,
// for each row of the kernel, each r < group and each element of the row, those of output l and input l xor r in lane l.
// Otherwise they are, for each group, each panel of its outputs, each row of the kernel, each input and each element of
// the row, those of all outputs of the panel in whole vectors. The bias fills the same vectors.
typedef struct {
  size_t group;  // channels of a group
  size_t kernel_height, stride;
  size_t padding;          // pixels in front of a row
  size_t rows;             // of the output
  const void *const *row;  // for each of them, as in ck_depthwise_row
  size_t width, input_stride;
  size_t channels;
  const float *weights, *bias;
  size_t output_width;
  ck_pixel_result result;  // of the first row; the others follow
} ck_grouped_rows;

// A window that slides over the rows and columns of an image.
typedef struct {
  size_t height, width, channels;      // input image
  size_t input_stride, output_stride;  // values from pixel to pixel
  size_t output_width;                 // pixels of an output row
  size_t kernel_height, kernel_width;
  size_t stride_height, stride_width;
  size_t padding_height, padding_width;
  int counts_padding;                  // average pooling: the divisor includes the padding
  size_t padded_height, padded_width;  // size with padding on both sides, beyond which nothing is counted
} ck_pool_window;
