// The results of a matrix product by Strassen's method, in Winograd's variant, from its seven products.

// `r` points to a local copy, which no store can alias; `adds` is a constant at every call.
CK_INLINE void strassen_store(const int adds, const ck_activation a, const ck_strassen_result *r, vf y,
                              size_t pixel, size_t column, size_t left) {
  if (adds) y += load_some(r->residual + pixel * r->residual_stride + column, left);
  store_some(r->output + pixel * r->output_stride + column, activate(y, a), left);
}

CK_INLINE void strassen_vector(const int adds, const ck_activation a, size_t pixels,
                               const ck_strassen_result *r, size_t c, size_t left) {
  const vf first = load_some(r->bias + c, left), second = load_some(r->bias + r->half + c, left);
  for (size_t even = 0, at = c; even < pixels; even += 2, at += r->product_stride) {
    const vf p1 = load_some(r->product[0] + at, left);
    const vf p5 = load_some(r->product[4] + at, left);
    const vf u2 = p1 + load_some(r->product[5] + at, left);
    const vf c11 = p1 + load_some(r->product[1] + at, left);
    const vf c12 = u2 + p5 + load_some(r->product[2] + at, left);
    strassen_store(adds, a, r, c11 + first, even, c, left);
    strassen_store(adds, a, r, c12 + second, even, r->half + c, left);
    if (even + 1 == pixels) continue;
    const vf u3 = u2 + load_some(r->product[6] + at, left);
    const vf c21 = u3 - load_some(r->product[3] + at, left);
    strassen_store(adds, a, r, c21 + first, even + 1, c, left);
    strassen_store(adds, a, r, u3 + p5 + second, even + 1, r->half + c, left);
  }
}

CK_INLINE void strassen_body(const int adds, const ck_activation a, size_t pixels, size_t columns,
                             const ck_strassen_result r) {
  size_t c = 0;
  for (; c + CK_VECTOR <= columns; c += CK_VECTOR) strassen_vector(adds, a, pixels, &r, c, CK_VECTOR);
  if (c < columns) strassen_vector(adds, a, pixels, &r, c, columns - c);
}

static void CK(strassen_output)(size_t pixels, size_t columns, const ck_strassen_result *r) {
  const ck_activation a = in_registers(r->activation);
  if (r->residual) strassen_body(1, a, pixels, columns, *r);
  else strassen_body(0, a, pixels, columns, *r);
  activate_stored(r->activation, pixels, columns, r->output, r->output_stride);
  activate_stored(r->activation, pixels, columns, r->output + r->half, r->output_stride);
}

static void CK(subtract)(ck_pixels left, ck_pixels right, size_t pixels, size_t channels,
                         ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(left, p), *y = pixel_at(right, p);
    float *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) store_some(target + c, load_some(x + c, n) - load_some(y + c, n), n);
  }
}
