// What the matrix kernels share: a tile of outputs stays in registers while the products of all taps stream by.

// Rows of a tile one vector wide: enough independent sums to hide the latency of an addition.
#define CK_NARROW_ROWS 12

// `rows` and `vectors` are constants at every call of the functions below, which unrolls the loops over them.

// Brings the lines of the outputs into cache.
CK_INLINE void matrix_fetch(const size_t rows, const ck_matrix_result *r, size_t first, size_t column) {
#pragma clang loop unroll(full)
  for (size_t m = 0; m < rows; m++) {
    __builtin_prefetch((map_value *)r->output + (first + m) * r->output_stride + column, 1);
    if (r->residual)
      __builtin_prefetch((const map_value *)r->residual + (first + m) * r->residual_stride + column, 0);
  }
}

CK_INLINE void matrix_start(const size_t rows, const size_t vectors, const ck_matrix_result *r, size_t column,
                            vf sum[][2]) {
  for (size_t v = 0; v < vectors; v++) {
    const vf start = r->bias ? load(r->bias + column + v * CK_VECTOR) : (vf){0};
#pragma clang loop unroll(full)
    for (size_t m = 0; m < rows; m++) sum[m][v] = start;
  }
}

CK_INLINE void matrix_finish(const size_t rows, const size_t vectors, const ck_matrix_result *r, size_t first,
                             size_t column, size_t columns, vf sum[][2]) {
  const map_value *residual =
      r->residual ? (const map_value *)r->residual + first * r->residual_stride + column : NULL;
  map_value *output = (map_value *)r->output + first * r->output_stride + column;
  const ck_activation a = in_registers(r->activation);
#pragma clang loop unroll(full)
  for (size_t m = 0; m < rows; m++) {
    size_t left = columns - column;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
      vf y = sum[m][v];
      if (residual) y += load_values(residual + m * r->residual_stride + v * CK_VECTOR, left);
      store_values(output + m * r->output_stride + v * CK_VECTOR, activate(y, a), left);
      left = left < CK_VECTOR ? 0 : left - CK_VECTOR;
    }
  }
  const size_t width = vectors * CK_VECTOR;
  activate_stored(r->activation, rows, columns - column < width ? columns - column : width, output,
                  r->output_stride);
}

// Inputs of few channels need not be aligned.
CK_INLINE vf matrix_splat(const char *p) {
  float x;
  memcpy(&x, p, sizeof x);
  return splat(x);
}

#define CK_WIDE_CASES(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#define CK_MORE_CASES(CASE) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
