// Depthwise convolution: one input channel for each output channel, vectors along the channels.
//
// A block of output pixels of a row stays in registers. Every input pixel that it needs is loaded once for each row of
// the kernel and multiplied by the weights of all outputs that see it. Borders are left out, not padded, so an output
// is the sum of the same products in the same order in whichever block it is.

// Pixels of a block: with the weights of a kernel row they fit into 16 registers.
#define CK_DEPTHWISE_PIXELS 8

// Stores a block of sums; `n` channels are left.
CK_INLINE void depthwise_finish(const size_t pixels, const ck_pixel_result *r, size_t first, size_t c,
                                size_t n, const vf *sum) {
  const ck_activation a = in_registers(r->activation);
  map_value *output = (map_value *)r->output + first * r->output_stride + c;
#pragma clang loop unroll(full)
  for (size_t p = 0; p < pixels; p++) {
    vf y = sum[p];
    if (r->residual)
      y += load_values((const map_value *)r->residual + (first + p) * r->residual_stride + c, n);
    store_values(output + p * r->output_stride, activate(y, a), n);
  }
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

CK_INLINE void depthwise_block(const size_t pixels, const size_t kernel, const size_t stride,
                               const ck_depthwise_row *t, size_t first) {
  const size_t whole = t->channels - t->channels % CK_VECTOR;
  const size_t end = (first + pixels - 1) * stride + kernel;
  if (first * stride >= t->padding && end <= t->width + t->padding) {
    for (size_t c = 0; c < whole; c += CK_VECTOR)
      depthwise_vector(pixels, kernel, stride, 0, t, first, c, CK_VECTOR);
  } else {
    for (size_t c = 0; c < whole; c += CK_VECTOR)
      depthwise_vector(pixels, kernel, stride, 1, t, first, c, CK_VECTOR);
  }
  if (whole == t->channels) return;
#if CK_VECTOR == 16
  // Masks cost nothing, and many networks have 24 or 40 channels.
  depthwise_vector(pixels, kernel, stride, 1, t, first, whole, t->channels - whole);
#else
  CK(depthwise_pixels)(t, first, pixels, whole);
#endif
}

CK_INLINE void depthwise_body(const size_t kernel, const size_t stride, const ck_depthwise_row *t) {
  // Blocks of nearly equal width: 14 pixels are 7 + 7.
  const size_t blocks = (t->output_width + CK_DEPTHWISE_PIXELS - 1) / CK_DEPTHWISE_PIXELS;
  for (size_t block = 0; block < blocks; block++) {
    const size_t first = t->output_width * block / blocks;
    switch (t->output_width * (block + 1) / blocks - first) {
#define CK_CASE(n) \
  case n: depthwise_block(n, kernel, stride, t, first); break;
      CK_CASE(1)
      CK_CASE(2)
      CK_CASE(3)
      CK_CASE(4)
      CK_CASE(5)
      CK_CASE(6)
      CK_CASE(7)
      CK_CASE(8)
#undef CK_CASE
    }
  }
}

static void CK(depthwise_row)(const ck_depthwise_row *t) {
#define CK_CASE(k, s) \
  if (t->kernel_width == k && t->stride == s && t->dilation == 1) { \
    depthwise_body(k, s, t); \
    return; \
  }
  CK_CASE(3, 1)
  CK_CASE(3, 2)
  CK_CASE(5, 1)
  CK_CASE(5, 2)
  CK_CASE(7, 1)
  CK_CASE(7, 2)
#undef CK_CASE
  CK(depthwise_pixels)(t, 0, t->output_width, 0);
}
