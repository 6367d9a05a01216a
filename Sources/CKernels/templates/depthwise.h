// Depthwise convolution: one input channel for each output channel, vectors along the channels.
//
// A block of output pixels of a row stays in registers. Every input pixel that it needs is loaded once for each row of
// the kernel and multiplied by the weights of all outputs that see it. Borders are left out, not padded, so an output
// is the sum of the same products in the same order in whichever block it is.

// Channels that are computed together.
#define CK_DEPTHWISE_GROUP CK_VECTOR

// Stores a block of sums; `n` channels are left.
CK_INLINE void depthwise_finish(const size_t pixels, const ck_pixel_result *r, size_t first, size_t c,
                                size_t n, vf *sum) {
  map_value *output = (map_value *)r->output + first * r->output_stride + c;
  if (r->residual)
#pragma clang loop unroll(full)
    for (size_t p = 0; p < pixels; p++)
      sum[p] += load_values((const map_value *)r->residual + (first + p) * r->residual_stride + c, n);
  bound(pixels, sum, r->activation);
#pragma clang loop unroll(full)
  for (size_t p = 0; p < pixels; p++) store_values(output + p * r->output_stride, sum[p], n);
  activate_stored(r->activation, pixels, n < CK_VECTOR ? n : CK_VECTOR, output, r->output_stride);
}

// The output pixels from `first` on, of `n` channels from `c` on. All parameters in front of `t` are constants at every
// call; `clips` if the kernel reaches beyond the row.
CK_INLINE void depthwise_vector(const size_t pixels, const size_t kernel, const size_t stride,
                                const int clips, const ck_depthwise_row *t, size_t first, size_t c,
                                size_t n) {
  const size_t span = (pixels - 1) * stride + kernel;
  const ptrdiff_t left = (ptrdiff_t)(first * stride) - (ptrdiff_t)t->padding;
  const ptrdiff_t begin = -left, end = (ptrdiff_t)t->width - left;
  const size_t step = t->input_stride;
  const float *weights = t->weights + c * t->kernel_height * kernel;
  vf sum[CK_DEPTHWISE_PIXELS];
  const vf bias = load(t->bias + c);
#pragma clang loop unroll(full)
  for (size_t p = 0; p < pixels; p++) sum[p] = bias;
#pragma clang loop unroll(disable)
  for (size_t ky = 0; ky < t->kernel_height; ky++, weights += kernel * CK_VECTOR) {
    if (!t->row[ky]) continue;
    const map_value *input = (const map_value *)t->row[ky] + left * (ptrdiff_t)step + (ptrdiff_t)c;
    vf w[7];
#pragma clang loop unroll(full)
    for (size_t kx = 0; kx < kernel; kx++) w[kx] = load(weights + kx * CK_VECTOR);
#pragma clang loop unroll(full)
    for (size_t j = 0; j < span; j++, input += step) {
      if (clips && ((ptrdiff_t)j < begin || (ptrdiff_t)j >= end)) continue;
      const vf x = load_values(input, n);
#pragma clang loop unroll(full)
      for (size_t p = 0; p < pixels; p++)
        if (j >= p * stride && j - p * stride < kernel) sum[p] += x * w[j - p * stride];
    }
  }
  depthwise_finish(pixels, &t->result, first, c, n, sum);
}

// Any window, for the channels from `c` on, pixel by pixel.
static void CK(depthwise_pixels)(const ck_depthwise_row *t, size_t first, size_t pixels, size_t from) {
  const size_t taps = t->kernel_height * t->kernel_width;
  for (size_t p = first; p < first + pixels; p++) {
    const ptrdiff_t left = (ptrdiff_t)(p * t->stride) - (ptrdiff_t)t->padding;
    for (size_t c = from; c < t->channels; c += CK_VECTOR) {
      const size_t n = t->channels - c;
      const float *weights = t->weights + c * taps;
      vf sum = load(t->bias + c);
      for (size_t ky = 0; ky < t->kernel_height; ky++) {
        ptrdiff_t x = left;
        for (size_t kx = 0; kx < t->kernel_width; kx++, x += (ptrdiff_t)t->dilation, weights += CK_VECTOR)
          if (t->row[ky] && x >= 0 && x < (ptrdiff_t)t->width)
            sum += load_values((const map_value *)t->row[ky] + (size_t)x * t->input_stride + c, n) *
                   load(weights);
      }
      depthwise_finish(1, &t->result, p, c, n, &sum);
    }
  }
}
