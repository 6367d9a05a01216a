// Gradients of depthwise convolutions.

static void CK(depthwise_input_gradient_row)(const ck_depthwise_row *t) {
  const size_t taps = t->kernel_height * t->kernel_width;
  for (size_t x = 0; x < t->output_width; x++) {
    CK_EACH_VECTOR(c, n, t->channels) {
      const float *weights = t->weights + c * taps;
      vf sum = {0};
      for (size_t ky = 0; ky < t->kernel_height; ky++, weights += t->kernel_width * CK_VECTOR) {
        if (!t->row[ky]) continue;
        // The output that reads pixel x with element kx is (x + padding - kx * dilation) / stride.
        ptrdiff_t place = (ptrdiff_t)(x + t->padding);
        for (size_t kx = 0; kx < t->kernel_width && place >= 0; kx++, place -= (ptrdiff_t)t->dilation) {
          const size_t reader = (size_t)place / t->stride;
          if (reader * t->stride != (size_t)place || reader >= t->width) continue;
          sum += load_some((const float *)t->row[ky] + reader * t->input_stride + c, n) *
                 load(weights + kx * CK_VECTOR);
        }
      }
      depthwise_finish(1, &t->result, x, c, n, &sum);
    }
  }
}

// Two sums for each weight of a kernel row, for even and odd output pixels: enough to hide the latency of an addition.
CK_INLINE void depthwise_gradient_vector(const size_t kernel, const ck_depthwise_row *t, ck_pixels gradient,
                                         size_t c, size_t n, float *sums) {
  for (size_t ky = 0; ky < t->kernel_height; ky++, sums += kernel * CK_VECTOR) {
    const float *row = t->row[ky];
    if (!row) continue;
    vf even[7], odd[7];
#pragma clang loop unroll(full)
    for (size_t kx = 0; kx < kernel; kx++) {
      even[kx] = load(sums + kx * CK_VECTOR);
      odd[kx] = (vf){0};
    }
    size_t x = 0;
    // Output pixels that see nothing but the row are in the middle.
    const size_t first = (t->padding + t->stride - 1) / t->stride;
    const size_t room = t->width + t->padding;
    const size_t inside = room < kernel ? 0 : (room - kernel) / t->stride + 1;
    const size_t end = inside < t->output_width ? inside : t->output_width;
    const size_t step = t->input_stride;
    while (x < t->output_width) {
      if (x >= first && x + 2 <= end) {
        const vf g0 = load_some(pixel_at(gradient, x) + c, n),
                 g1 = load_some(pixel_at(gradient, x + 1) + c, n);
        const float *input = row + (x * t->stride - t->padding) * step + c;
        const float *next = input + t->stride * step;
#pragma clang loop unroll(full)
        for (size_t kx = 0; kx < kernel; kx++) {
          even[kx] += g0 * load_some(input + kx * step, n);
          odd[kx] += g1 * load_some(next + kx * step, n);
        }
        x += 2;
        continue;
      }
      const vf g = load_some(pixel_at(gradient, x) + c, n);
      const ptrdiff_t left = (ptrdiff_t)(x * t->stride) - (ptrdiff_t)t->padding;
#pragma clang loop unroll(full)
      for (size_t kx = 0; kx < kernel; kx++) {
        const ptrdiff_t column = left + (ptrdiff_t)kx;
        if (column < 0 || column >= (ptrdiff_t)t->width) continue;
        even[kx] += g * load_some(row + (size_t)column * step + c, n);
      }
      x++;
    }
#pragma clang loop unroll(full)
    for (size_t kx = 0; kx < kernel; kx++) store(sums + kx * CK_VECTOR, even[kx] + odd[kx]);
  }
}

// Any window, pixel by pixel.
static void CK(depthwise_gradient_pixels)(const ck_depthwise_row *t, ck_pixels gradient, float *sums) {
  const size_t taps = t->kernel_height * t->kernel_width;
  for (size_t p = 0; p < t->output_width; p++) {
    const ptrdiff_t left = (ptrdiff_t)(p * t->stride) - (ptrdiff_t)t->padding;
    CK_EACH_VECTOR(c, n, t->channels) {
      const vf g = load_some(pixel_at(gradient, p) + c, n);
      float *sum = sums + c * taps;
      for (size_t ky = 0; ky < t->kernel_height; ky++) {
        ptrdiff_t x = left;
        for (size_t kx = 0; kx < t->kernel_width; kx++, x += (ptrdiff_t)t->dilation, sum += CK_VECTOR)
          if (t->row[ky] && x >= 0 && x < (ptrdiff_t)t->width)
            store(sum,
                  load(sum) + g * load_some((const float *)t->row[ky] + (size_t)x * t->input_stride + c, n));
      }
    }
  }
}

static void CK(depthwise_gradient_row)(const ck_depthwise_row *t, ck_pixels gradient, float *sums) {
#define CK_CASE(k) \
  if (t->kernel_width == k && t->dilation == 1) { \
    size_t c = 0; \
    for (; c + CK_VECTOR <= t->channels; c += CK_VECTOR) \
      depthwise_gradient_vector(k, t, gradient, c, CK_VECTOR, sums + c * t->kernel_height * k); \
    if (c < t->channels) \
      depthwise_gradient_vector(k, t, gradient, c, t->channels - c, sums + c * t->kernel_height * k); \
    return; \
  }
  CK_CASE(3)
  CK_CASE(5)
  CK_CASE(7)
#undef CK_CASE
  CK(depthwise_gradient_pixels)(t, gradient, sums);
}
