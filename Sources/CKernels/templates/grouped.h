// Convolution in groups of 4 or 8 channels, fewer than a vector holds: several groups share a vector.
//
// The output of a lane needs all inputs of its group. For input i, the inputs are spread so that each lane sees element
// i of its own group, and all lanes do useful work.

#if CK_VECTOR > 4
#define CK_GROUPED_PIXELS 6

// Replaces each lane by element `i` of its group of `group` lanes.
CK_INLINE vf spread(vf x, const size_t group, const size_t i) {
#if CK_VECTOR == 8
#define CK_SPREAD(n, i) __builtin_shufflevector(x, x, i, i, i, i, 4 + i, 4 + i, 4 + i, 4 + i)
#else
#define CK_SPREAD(n, i) \
  __builtin_shufflevector(x, x, i, i, i, i, 4 * (n == 4) + i, 4 * (n == 4) + i, 4 * (n == 4) + i, \
                          4 * (n == 4) + i, 8 + i, 8 + i, 8 + i, 8 + i, 8 + 4 * (n == 4) + i, \
                          8 + 4 * (n == 4) + i, 8 + 4 * (n == 4) + i, 8 + 4 * (n == 4) + i)
#endif
#define CK_CASE(n, k) \
  case k: return CK_SPREAD(n, k);
  if (group == 4) switch (i) {
      CK_CASE(4, 0)
      CK_CASE(4, 1)
      CK_CASE(4, 2)
      CK_CASE(4, 3)
    }
#if CK_VECTOR > 8
  if (group == 8) switch (i) {
      CK_CASE(8, 0)
      CK_CASE(8, 1)
      CK_CASE(8, 2)
      CK_CASE(8, 3)
      CK_CASE(8, 4)
      CK_CASE(8, 5)
      CK_CASE(8, 6)
      CK_CASE(8, 7)
    }
#endif
#undef CK_CASE
#undef CK_SPREAD
  return x;
}

// `pixels` and `group` are constants at every call.
CK_INLINE void grouped_body(const size_t pixels, const size_t group, const ck_grouped_tile *t) {
  const float *w = t->weights;
  const ck_activation a = in_registers(t->activation);
  for (size_t c = 0; c < t->channels; c += CK_VECTOR) {
    vf sum[CK_GROUPED_PIXELS];
    const vf bias = load(t->bias + c);
#pragma clang loop unroll(full)
    for (size_t p = 0; p < pixels; p++) sum[p] = bias;
    const float *const *row = t->row;
    for (size_t tap = 0; tap < t->taps; tap++, row += pixels) {
      vf x[CK_GROUPED_PIXELS];
#pragma clang loop unroll(full)
      for (size_t p = 0; p < pixels; p++) x[p] = load(row[p] + c);
#pragma clang loop unroll(full)
      for (size_t i = 0; i < group; i++, w += CK_VECTOR) {
        const vf weight = load(w);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < pixels; p++) sum[p] += spread(x[p], group, i) * weight;
      }
    }
#pragma clang loop unroll(full)
    for (size_t p = 0; p < pixels; p++) {
      vf y = sum[p];
      if (t->residual) y += load(t->residual + p * t->residual_stride + c);
      store(t->output + p * t->output_stride + c, activate(y, a));
    }
  }
  activate_stored(t->activation, pixels, t->channels, t->output, t->output_stride);
}

#define CK_CASE(n) \
  case n: \
    if (t->group == 4) grouped_body(n, 4, t); \
    else if (CK_VECTOR > 8) grouped_body(n, 8, t); \
    break;

static void CK(grouped_tile)(size_t pixels, const ck_grouped_tile *t) {
  switch (pixels) {
    CK_CASE(1)
    CK_CASE(2)
    CK_CASE(3)
    CK_CASE(4)
    CK_CASE(5)
    CK_CASE(6)
  }
}
#undef CK_CASE
#endif
