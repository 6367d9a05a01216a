// Activations and their gradients, on vectors.
//
// A new one takes a kind in ck_types.h, its two functions here, and a case in each of the three switches below.

// NaN stays NaN, as in the reference frameworks.
CK_INLINE vf rectify(vf x) { return choose(x < 0, (vf){0}, x); }

// e^x - 1 for x <= 0: x = n ln 2 + t with |t| <= ln 2 / 2, a polynomial in t, and 2^n assembled from its bits.
CK_INLINE vf expm1_of_negative(vf x) {
  x = choose(x < -40, splat(-40), x);  // e^-40 - 1 is -1 in float32
  const vf shift = splat(0x1.8p23f);   // adding it rounds to a whole number
  const vf n = (x * 1.44269504f + shift) - shift;
  vf t = n * -0.693359375f + x;  // ln 2 in two parts, the first of few bits
  t = n * 2.12194440e-4f + t;
  vf q = t * (1.0f / 5040) + (1.0f / 720);
  q = q * t + (1.0f / 120);
  q = q * t + (1.0f / 24);
  q = q * t + (1.0f / 6);
  q = q * t + 0.5f;
  const vf p = t * t * q + t;
  const vf power = (vf)((__builtin_convertvector(n, vi) + 127) << 23);
  return power * p + (power - 1);
}

// tanh x = -e / (e + 2) with e = e^(-2 |x|) - 1, and the sign of x.
CK_INLINE vf scaled_tanh(vf input, float amplitude, float slope) {
  const vf x = slope * input;
  const vi sign = (vi)x & (int)0x80000000;
  const vf magnitude = (vf)((vi)x & 0x7fffffff);
  const vf e = expm1_of_negative(-2 * magnitude);
  const vf y = amplitude * (-e / (e + 2));
  const vf result = (vf)((vi)y ^ sign);
  return choose(x != x, x, result);
}

CK_INLINE vf activate(vf x, const ck_activation a) {
  switch (a.kind) {
    case CK_IDENTITY: return x;
    case CK_RELU: return rectify(x);
    case CK_TANH: return scaled_tanh(x, a.amplitude, a.slope);
  }
}

// The gradient of an activation's input. `value` is the activation's result, or its input where takes_input says so.
CK_INLINE vf activation_gradient(vf gradient, vf value, const ck_activation a) {
  switch (a.kind) {
    case CK_IDENTITY: return gradient;
    case CK_RELU: return choose(value > 0, gradient, (vf){0});
    case CK_TANH:
      return gradient * (splat(a.amplitude * a.slope) - splat(a.slope / a.amplitude) * (value * value));
  }
}

// Whether the gradient may be computed from the activation's input; that of ReLU is positive where its result is.
CK_INLINE int takes_input(const ck_activation a) { return a.kind == CK_RELU; }

CK_INLINE ck_activation with_kind(ck_activation a, const ck_activation_kind kind) {
  a.kind = kind;
  return a;
}

// Calls `body` with the activation, its kind a constant in each case, so that its loops are compiled once for each kind.
#define CK_BY_ACTIVATION(a, body) \
  switch ((a).kind) { \
    case CK_IDENTITY: body(with_kind(a, CK_IDENTITY)); break; \
    case CK_RELU: body(with_kind(a, CK_RELU)); break; \
    case CK_TANH: body(with_kind(a, CK_TANH)); break; \
  }

CK_INLINE void activate_body(ck_pixels input, size_t pixels, size_t channels, const ck_activation a,
                             ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(input, p);
    float *y = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) store_some(y + c, activate(load_some(x + c, n), a), n);
  }
}

// Not inlined: the matrix kernels call it from many places.
static __attribute__((noinline)) void CK(activate)(ck_pixels input, size_t pixels, size_t channels,
                                                   ck_activation activation, ck_output_pixels output) {
  if (input.stride == channels && output.stride == channels) {  // pixels without gaps are one long pixel
    channels *= pixels;
    pixels = 1;
  }
#define CK_BODY(a) activate_body(input, pixels, channels, a, output)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

CK_INLINE void activate_in_place(ck_activation activation, size_t pixels, size_t channels, float *first,
                                 size_t stride) {
  CK(activate)((ck_pixels){first, stride}, pixels, channels, activation, (ck_output_pixels){first, stride});
}

// What a kernel applies to a tile of results in its registers: identity or ReLU, an instruction or two. Inlined for
// each vector of each size of tile, the dozens of instructions of the others would crowd the instruction cache.
CK_INLINE ck_activation in_registers(ck_activation a) {
  return with_kind(a, a.kind == CK_RELU ? CK_RELU : CK_IDENTITY);
}

// The others are applied to the tile once it is stored; it is still in L1.
CK_INLINE void activate_stored(ck_activation a, size_t pixels, size_t channels, float *first, size_t stride) {
  if (a.kind != in_registers(a).kind) activate_in_place(a, pixels, channels, first, stride);
}
