// The matrix kernel: a tile of outputs held in registers while the products of all taps stream by.

// `rows` and `vectors` are constants at every call, so the loops over them vanish.
CK_INLINE void matrix_body(const size_t rows, const size_t vectors, const ck_matrix_tile *t) {
  vf sum[CK_ROWS][2];
  for (size_t v = 0; v < vectors; v++) {
    vf start = t->bias ? load(t->bias + v * CK_VECTOR) : (vf){0};
#pragma clang loop unroll(full)
    for (size_t m = 0; m < rows; m++) sum[m][v] = start;
  }
  const float *panel = t->panel;
  const float *const *row = t->row;
  for (size_t tap = 0; tap < t->taps; tap++, row += rows) {
    const float *a[CK_ROWS];
#pragma clang loop unroll(full)
    for (size_t m = 0; m < rows; m++) a[m] = row[m];
    const size_t depth = t->depth;
#pragma clang loop unroll(disable)
    for (size_t k = 0; k < depth; k++, panel += vectors * CK_VECTOR) {
      vf b0 = load(panel);
      vf b1 = vectors > 1 ? load(panel + CK_VECTOR) : b0;
#pragma clang loop unroll(full)
      for (size_t m = 0; m < rows; m++) {
        vf x = splat(a[m][k]);
        sum[m][0] += x * b0;
        if (vectors > 1) sum[m][1] += x * b1;
      }
    }
  }
#pragma clang loop unroll(full)
  for (size_t m = 0; m < rows; m++) {
    size_t left = t->columns;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
      vf y = sum[m][v];
      if (t->residual) y += load_some(t->residual + m * t->residual_stride + v * CK_VECTOR, left);
      store_some(t->output + m * t->output_stride + v * CK_VECTOR, t->relu ? rectify(y) : y, left);
      left = left < CK_VECTOR ? 0 : left - CK_VECTOR;
    }
  }
}

#define CK_CASE(n) \
  case n: \
    if (wide) matrix_body(n, 2, t); \
    else matrix_body(n, 1, t); \
    break;

static void CK(matrix_tile)(size_t rows, int wide, const ck_matrix_tile *t) {
  switch (rows) {
    CK_CASE(1)
    CK_CASE(2)
    CK_CASE(3)
    CK_CASE(4)
    CK_CASE(5)
    CK_CASE(6)
#if CK_ROWS >= 8
    CK_CASE(7)
    CK_CASE(8)
#endif
#if CK_ROWS >= 12
    CK_CASE(9)
    CK_CASE(10)
    CK_CASE(11)
    CK_CASE(12)
#endif
  }
}
#undef CK_CASE

// Each output is CK_VECTOR partial sums over the depth, added in a fixed order at the end; four outputs
// at a time share the loads of the input.
static void CK(matrix_vector)(const float *weights, const float *input, const float *bias, size_t outputs,
                              size_t depth, int relu, float *output) {
  for (size_t first = 0; first < outputs; first += 4) {
    const size_t count = outputs - first < 4 ? outputs - first : 4;
    const float *w[4];
    for (size_t o = 0; o < 4; o++) w[o] = weights + (first + (o < count ? o : 0)) * depth;
    vf sum[4][2] = {{{0}}};
    size_t k = 0;
    for (; k + 2 * CK_VECTOR <= depth; k += 2 * CK_VECTOR) {
      vf x0 = load(input + k), x1 = load(input + k + CK_VECTOR);
#pragma clang loop unroll(full)
      for (size_t o = 0; o < 4; o++) {
        sum[o][0] += load(w[o] + k) * x0;
        sum[o][1] += load(w[o] + k + CK_VECTOR) * x1;
      }
    }
    for (size_t o = 0; o < count; o++) {
      vf both = sum[o][0] + sum[o][1];
      float y = 0;
      for (size_t lane = 0; lane < CK_VECTOR; lane++) y += both[lane];
      for (size_t rest = k; rest < depth; rest++) y += w[o][rest] * input[rest];
      y += bias ? bias[first + o] : 0;
      output[first + o] = relu && y < 0 ? 0 : y;
    }
  }
}
