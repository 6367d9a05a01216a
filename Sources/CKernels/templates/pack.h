// Packs the weights of a matrix product in the order in which the matrix kernels read them.

typedef float CK(four) __attribute__((vector_size(16), aligned(4)));

#define CK_PACK_RUN 64

// Transposes four adjacent floats of each of four columns into four rows.
CK_INLINE void pack_four(const float *source, ptrdiff_t column_stride, const size_t *row, float *panel) {
  const CK(four) a = *(const CK(four) *)source;
  const CK(four) b = *(const CK(four) *)(source + column_stride);
  const CK(four) c = *(const CK(four) *)(source + 2 * column_stride);
  const CK(four) d = *(const CK(four) *)(source + 3 * column_stride);
  const CK(four) ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
                 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const CK(four) ef = __builtin_shufflevector(a, b, 2, 6, 3, 7),
                 gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(CK(four) *)(panel + row[0]) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(CK(four) *)(panel + row[1]) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(CK(four) *)(panel + row[2]) = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
  *(CK(four) *)(panel + row[3]) = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}

// Transposes `length` adjacent floats of each column into the rows that begin at row[0], row[1], ...
CK_INLINE void pack_run(const float *source, ptrdiff_t column_stride, size_t columns, size_t length,
                        const size_t *row, float *panel) {
  size_t n = 0;
  for (; length >= 4 && n + 4 <= columns; n += 4)
    for (size_t j = 0; j < length; j += 4) {
      const size_t from = j + 4 <= length ? j : length - 4;
      pack_four(source + (ptrdiff_t)n * column_stride + from, column_stride, row + from, panel + n);
    }
  for (; n < columns; n++)
    for (size_t j = 0; j < length; j++)
      panel[row[j] + n] = source[(ptrdiff_t)n * column_stride + (ptrdiff_t)j];
}

static void CK(pack_panel)(const ck_panel_source *s, size_t columns, size_t width, float *panel) {
  const size_t taps = s->taps, products = s->products;
  if (columns < width)
    for (size_t row = 0; row < taps * products; row++)
      for (size_t n = columns; n < width; n++) panel[row * width + n] = 0;
  size_t row[CK_PACK_RUN];
  if (s->product_stride == (ptrdiff_t)taps && s->tap_stride == 1) {
    // All products of a column are adjacent.
    const size_t all = taps * products;
    for (size_t first = 0; first < all; first += CK_PACK_RUN) {
      const size_t length = first + CK_PACK_RUN < all ? CK_PACK_RUN : all - first;
      for (size_t j = 0; j < length; j++)
        row[j] = ((first + j) % taps * products + (first + j) / taps) * width;
      pack_run(s->weights + first, s->column_stride, columns, length, row, panel);
    }
  } else if (s->column_stride == 1 && columns % CK_VECTOR == 0) {
    for (size_t tap = 0; tap < taps; tap++)
      for (size_t k = 0; k < products; k++) {
        const float *from = s->weights + (ptrdiff_t)tap * s->tap_stride + (ptrdiff_t)k * s->product_stride;
        float *to = panel + (tap * products + k) * width;
        for (size_t n = 0; n < columns; n += CK_VECTOR) store(to + n, load(from + n));
      }
  } else {
    // The elements of a kernel are adjacent, in reverse order.
    for (size_t k = 0; k < products; k++)
      for (size_t first = 0; first < taps; first += CK_PACK_RUN) {
        const size_t length = first + CK_PACK_RUN < taps ? CK_PACK_RUN : taps - first;
        for (size_t j = 0; j < length; j++) row[j] = ((taps - 1 - first - j) * products + k) * width;
        const float *last = s->weights + (ptrdiff_t)k * s->product_stride - (ptrdiff_t)(taps - 1);
        pack_run(last + first, s->column_stride, columns, length, row, panel);
      }
  }
}
