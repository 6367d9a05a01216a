// A row of a depthwise convolution in blocks of output pixels, for depthwise.h and depthwise_pairs.h.

CK_INLINE void depthwise_block(const size_t pixels, const size_t kernel, const size_t stride,
                               const ck_depthwise_row *t, size_t first) {
  const size_t whole = t->channels - t->channels % CK_DEPTHWISE_GROUP;
  const size_t end = (first + pixels - 1) * stride + kernel;
  if (first * stride >= t->padding && end <= t->width + t->padding) {
    for (size_t c = 0; c < whole; c += CK_DEPTHWISE_GROUP)
      depthwise_vector(pixels, kernel, stride, 0, t, first, c, CK_DEPTHWISE_GROUP);
  } else {
    for (size_t c = 0; c < whole; c += CK_DEPTHWISE_GROUP)
      depthwise_vector(pixels, kernel, stride, 1, t, first, c, CK_DEPTHWISE_GROUP);
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
