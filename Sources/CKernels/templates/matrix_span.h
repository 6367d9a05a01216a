// Products of matrices whose elements are four bytes wide, whatever those hold. The including file defines CK_SPAN(name),
// the names of the functions; CK_ELEMENT(name), those of the functions on vectors of the elements; the types CK_SPAN_OF,
// CK_WEIGHT and CK_NUMBERS, of a span, a stored weight and a vector of elements; CK_LOAD(p), the vector of the weights at an
// address; and CK_PRODUCT(x, w, sum), a vector of sums with the products of two vectors added.

// One panel of some pixels of a span: those from `input` on are the results from `first` on. Every third row has a pointer, from which the addressing modes reach the two rows
// after it: twelve rows need four registers. If it `fetches`, memory from `ahead` on is prefetched meanwhile,
// `ahead_step` bytes for each product of the depth.
CK_INLINE void CK_SPAN(body)(const size_t rows, const size_t vectors, const int fetches, const CK_SPAN_OF *t,
                             const char *input, size_t first, size_t column, const char *ahead,
                             size_t ahead_step) {
  CK_NUMBERS sum[CK_NARROW_ROWS][2];
  const size_t step = t->inputs.pixel_stride;
  CK_ELEMENT(fetch)(rows, &t->result, first, column);
  CK_ELEMENT(start)(rows, vectors, &t->result, column, sum);
  const size_t depth = t->inputs.depth;
  const CK_WEIGHT *panel = (const CK_WEIGHT *)t->panels + column * t->inputs.taps * depth;
  for (size_t tap = 0; tap < t->inputs.taps; tap++, input += t->inputs.tap_stride) {
    const char *a[(CK_NARROW_ROWS + 2) / 3];
#pragma clang loop unroll(full)
    for (size_t m = 0; m < rows; m += 3) a[m / 3] = input + m * step;
#pragma clang loop unroll(disable)
    for (size_t k = 0; k < depth; k++, panel += vectors * CK_VECTOR) {
      const CK_NUMBERS b0 = CK_LOAD(panel);
      const CK_NUMBERS b1 = vectors > 1 ? CK_LOAD(panel + CK_VECTOR) : b0;
#pragma clang loop unroll(full)
      for (size_t m = 0; m < rows; m++) {
        const CK_NUMBERS x = CK_ELEMENT(splat)(a[m / 3] + m % 3 * step);
        sum[m][0] = CK_PRODUCT(x, b0, sum[m][0]);
        if (vectors > 1) sum[m][1] = CK_PRODUCT(x, b1, sum[m][1]);
      }
      if (fetches) {
        __builtin_prefetch(ahead, 0, 2);
        ahead += ahead_step;
      }
#pragma clang loop unroll(full)
      for (size_t m = 0; m < rows; m += 3) a[m / 3] += sizeof(float);
    }
  }
  CK_ELEMENT(finish)(rows, vectors, &t->result, first, column, t->columns, sum);
}

// One panel of a block of pixels, see `body`. `fetches` is a constant at every call.
CK_INLINE void CK_SPAN(block)(const int fetches, const CK_SPAN_OF *t, size_t rows, const char *input,
                              size_t first, size_t column, const char *ahead, size_t ahead_step) {
#define CK_NARROW_CASE(n) \
  case n: \
    CK_SPAN(body)(n, 1, fetches, t, input, first, column, ahead, ahead_step); \
    break;
#define CK_CASE(n) \
  case n: \
    if (t->columns - column > CK_VECTOR) \
      CK_SPAN(body)(n, 2, fetches, t, input, first, column, ahead, ahead_step); \
    else CK_SPAN(body)(n, 1, fetches, t, input, first, column, ahead, ahead_step); \
    break;
  switch (rows) {
    CK_WIDE_CASES(CK_CASE)
#if CK_ROWS == 12
    CK_MORE_CASES(CK_CASE)
#else
    CK_MORE_CASES(CK_NARROW_CASE)
#endif
  }
#undef CK_CASE
#undef CK_NARROW_CASE
}

static void CK_SPAN(span)(const CK_SPAN_OF *t) {
  const size_t depth = t->inputs.taps * t->inputs.depth, pixels = t->inputs.pixels;
  const size_t group = t->panel_by_panel ? CK_PANEL : t->columns;
  const size_t lines = t->inputs.lines > 0 ? t->inputs.lines : 1;
  if (pixels == 0) return;
  for (size_t start = 0; start < t->columns; start += group) {
    const size_t end = start + group < t->columns ? start + group : t->columns;
    const char *next = (const char *)((const CK_WEIGHT *)t->panels + (start + CK_PANEL) * depth);
    // Blocks of nearly equal height: 49 pixels are 10 + 10 + 10 + 10 + 9, not four times 12 and one.
    const size_t most = end - start <= CK_VECTOR ? CK_NARROW_ROWS : CK_ROWS;
    const size_t blocks = (pixels + most - 1) / most;
    // Each block prefetches its share of the next panel.
    const size_t step = CK_PANEL * sizeof(CK_WEIGHT) / (lines * blocks);
    for (size_t line = 0; line < lines; line++) {
      for (size_t block = 0; block < blocks; block++) {
        const size_t first = pixels * block / blocks;
        const size_t rows = pixels * (block + 1) / blocks - first;
        const char *input =
            (const char *)t->inputs.address + line * t->inputs.line_stride + first * t->inputs.pixel_stride;
        const size_t result = line * pixels + first;
        if (t->panel_by_panel) {
          CK_SPAN(block)
          (1, t, rows, input, result, start, next + (line * blocks + block) * step * depth, step);
        } else {
          for (size_t column = start; column < end; column += CK_PANEL)
            CK_SPAN(block)(0, t, rows, input, result, column, NULL, 0);
        }
      }
    }
  }
}
#undef CK_SPAN
#undef CK_ELEMENT
#undef CK_SPAN_OF
#undef CK_WEIGHT
#undef CK_LOAD
#undef CK_NUMBERS
#undef CK_PRODUCT
