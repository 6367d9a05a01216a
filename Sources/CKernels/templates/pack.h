// Weights of a matrix product in the order in which the matrix kernels read them.

typedef float CK(four) __attribute__((vector_size(16), aligned(4)));

// A column of the panel for each of four columns, whose products lie side by side, becomes four floats for each of
// four products.
CK_INLINE void pack_four(const float *source, size_t column_stride, size_t width, float *panel) {
  CK(four) a = *(const CK(four) *)source, b = *(const CK(four) *)(source + column_stride);
  CK(four) c = *(const CK(four) *)(source + 2 * column_stride), d = *(const CK(four) *)(source + 3 * column_stride);
  const CK(four) ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const CK(four) AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(CK(four) *)panel = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(CK(four) *)(panel + width) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(CK(four) *)(panel + 2 * width) = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
  *(CK(four) *)(panel + 3 * width) = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}

static void CK(pack_panel)(const float *source, ptrdiff_t product_stride, ptrdiff_t column_stride, size_t products,
                           size_t columns, size_t width, float *panel) {
  if (columns < width)
    for (size_t k = 0; k < products; k++)
      for (size_t n = columns; n < width; n++) panel[k * width + n] = 0;
  if (column_stride == 1 && columns % CK_VECTOR == 0) {
    for (size_t k = 0; k < products; k++)
      for (size_t n = 0; n < columns; n += CK_VECTOR)
        store(panel + k * width + n, load(source + (ptrdiff_t)k * product_stride + n));
    return;
  }
  // Some products at a time: what is written then stays in L1.
  const size_t block = 16;
  for (size_t first = 0; first < products; first += block) {
    const size_t end = first + block < products ? first + block : products;
    size_t n = 0;
    for (; product_stride == 1 && end == first + block && n + 4 <= columns; n += 4)
      for (size_t k = first; k < end; k += 4)
        pack_four(source + (ptrdiff_t)n * column_stride + k, (size_t)column_stride, width, panel + k * width + n);
    for (; n < columns; n++)
      for (size_t k = first; k < end; k++)
        panel[k * width + n] = source[(ptrdiff_t)k * product_stride + (ptrdiff_t)n * column_stride];
  }
}
