// Some rows of a product, with a pointer to each run of inputs.

// One panel of a tile with a pointer to each run of inputs.
CK_INLINE void matrix_tile_body(const size_t rows, const size_t vectors, const ck_matrix_tile *t,
                                size_t column) {
  vf sum[CK_ROWS][2];
  matrix_start(rows, vectors, &t->result, column, sum);
  const size_t depth = t->depth;
  const float *panel = t->panels + column * t->taps * depth;
  const void *const *row = t->row;
  for (size_t tap = 0; tap < t->taps; tap++, row += rows) {
    const float *a[CK_ROWS];
#pragma clang loop unroll(full)
    for (size_t m = 0; m < rows; m++) a[m] = row[m];
#pragma clang loop unroll(disable)
    for (size_t k = 0; k < depth; k++, panel += vectors * CK_VECTOR) {
      const vf b0 = load(panel);
      const vf b1 = vectors > 1 ? load(panel + CK_VECTOR) : b0;
#pragma clang loop unroll(full)
      for (size_t m = 0; m < rows; m++) {
        const vf x = splat(a[m][k]);
        sum[m][0] += x * b0;
        if (vectors > 1) sum[m][1] += x * b1;
      }
    }
  }
  matrix_finish(rows, vectors, &t->result, 0, column, t->columns, sum);
}

static void CK(matrix_tile)(size_t rows, const ck_matrix_tile *t) {
#define CK_CASE(n) \
  case n: \
    if (t->columns - column > CK_VECTOR) matrix_tile_body(n, 2, t, column); \
    else matrix_tile_body(n, 1, t, column); \
    break;
  for (size_t column = 0; column < t->columns; column += CK_PANEL) switch (rows) {
      CK_WIDE_CASES(CK_CASE)
#if CK_ROWS == 12
      CK_MORE_CASES(CK_CASE)
#endif
    }
#undef CK_CASE
}
