// Gathers the inputs of output pixels, whatever the type of their values.

// Bytes that are copied at once, a register or several.
#define CK_COPIED 64

// Copies `count` bytes: the first and the last few, which overlap, and whole registers between.
CK_INLINE uint8_t *copy_bytes(uint8_t *target, const uint8_t *source, size_t count) {
  uint8_t *const end = target + count;
#define CK_COPY_ENDS(size) \
  if (count >= size) { \
    memcpy(target, source, size); \
    memcpy(end - size, source + count - size, size); \
    return end; \
  }
  for (; count > CK_COPIED; count -= CK_COPIED, source += CK_COPIED, target += CK_COPIED)
    memcpy(target, source, CK_COPIED);
  CK_COPY_ENDS(32)
  CK_COPY_ENDS(16)
  CK_COPY_ENDS(8)
  CK_COPY_ENDS(4)
#undef CK_COPY_ENDS
  for (size_t i = 0; i < count; i++) target[i] = source[i];
  return end;
}

CK_INLINE uint8_t *fill_bytes(uint8_t *target, uint8_t byte, size_t count) {
  if (count > 0) memset(target, byte, count);
  return target + count;
}

// One row of the kernel at one output pixel, `left` pixels from the start of an input row, or NULL in the padding.
CK_INLINE uint8_t *gather_row(const ck_patches *t, const uint8_t *row, long left, uint8_t *target) {
  const size_t channels = t->channels;
  if (!row) return fill_bytes(target, t->outside, t->kernel_width * channels);
  if (t->input_stride == channels && t->dilation_width == 1) {  // a run of memory, and what of it is outside
    const long end = left + (long)t->kernel_width, width = (long)t->width;
    const long from = left < 0 ? 0 : left, to = end < width ? end : width;
    if (from >= to) return fill_bytes(target, t->outside, t->kernel_width * channels);
    target = fill_bytes(target, t->outside, (size_t)(from - left) * channels);
    target = copy_bytes(target, row + (size_t)from * channels, (size_t)(to - from) * channels);
    return fill_bytes(target, t->outside, (size_t)(end - to) * channels);
  }
  for (size_t j = 0; j < t->kernel_width; j++) {
    const long x = left + (long)(j * t->dilation_width);
    target = x < 0 || x >= (long)t->width ? fill_bytes(target, t->outside, channels)
                                          : copy_bytes(target, row + (size_t)x * t->input_stride, channels);
  }
  return target;
}

static void CK(gather_patches)(const ck_patches *t, const void *input, size_t first, size_t count,
                               void *output) {
  uint8_t *place = output;
  while (count > 0) {  // the pixels of one output row
    const size_t row = first / t->output_width, x = first % t->output_width;
    const size_t image = row / t->output_height, y = row % t->output_height;
    const size_t pixels = t->output_width - x < count ? t->output_width - x : count;
    for (size_t i = 0; i < t->kernel_height; i++) {
      const long inside = (long)(y * t->stride_height + i * t->dilation_height) - (long)t->padding_height;
      const uint8_t *start =
          inside < 0 || inside >= (long)t->height
              ? NULL
              : (const uint8_t *)input + (image * t->height + (size_t)inside) * t->width * t->input_stride;
      uint8_t *target = place + i * t->kernel_width * t->channels;
      long left = (long)(x * t->stride_width) - (long)t->padding_width;
      for (size_t p = 0; p < pixels; p++, target += t->row_bytes, left += (long)t->stride_width)
        gather_row(t, start, left, target);
    }
    const size_t used = t->kernel_height * t->kernel_width * t->channels;
    for (size_t p = 0; p < pixels; p++, place += t->row_bytes)
      for (size_t rest = used; rest < t->row_bytes; rest++) place[rest] = 0;
    first += pixels;
    count -= pixels;
  }
}
