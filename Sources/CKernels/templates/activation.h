// Activations and their gradients, on vectors.
//
// A new one takes a kind in ck_activation.h, its two functions here, and a case in each of the three lists below.

// NaN stays NaN, as the reference frameworks have it.
CK_INLINE vf rectify(vf x) { return choose(x < 0, (vf){0}, x); }

// e^x - 1 for x <= 0: x = n ln 2 + t with |t| <= ln 2 / 2, a polynomial in t, and 2^n put together from bits.
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

// The gradient of an activation's input. `value` is its result; the input of a ReLU does as well, having the same sign.
CK_INLINE vf activation_gradient(vf gradient, vf value, const ck_activation a) {
  switch (a.kind) {
    case CK_IDENTITY: return gradient;
    case CK_RELU: return choose(value > 0, gradient, (vf){0});
    case CK_TANH:
      return gradient * (splat(a.amplitude * a.slope) - splat(a.slope / a.amplitude) * (value * value));
  }
}

CK_INLINE ck_activation with_kind(ck_activation a, const ck_activation_kind kind) {
  a.kind = kind;
  return a;
}

// Calls `body` with the activation, its kind a constant in each case: its loops are compiled once for each kind.
#define CK_BY_ACTIVATION(a, body) \
  switch ((a).kind) { \
    case CK_IDENTITY: body(with_kind(a, CK_IDENTITY)); break; \
    case CK_RELU: body(with_kind(a, CK_RELU)); break; \
    case CK_TANH: body(with_kind(a, CK_TANH)); break; \
  }

CK_INLINE void activate_body(const float *input, size_t input_stride, size_t pixels, size_t channels,
                             const ck_activation a, float *output, size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) store_some(output + c, activate(load_some(input + c, left), a), left);
}

// Not inlined: the matrix kernels call it from many places.
static __attribute__((noinline)) void CK(activate)(const float *input, size_t input_stride, size_t pixels,
                                                   size_t channels, ck_activation a, float *output,
                                                   size_t output_stride) {
  if (input_stride == channels && output_stride == channels) {  // pixels without gaps are one long pixel
    channels *= pixels;
    pixels = 1;
  }
#define CK_BODY(a) activate_body(input, input_stride, pixels, channels, a, output, output_stride)
  CK_BY_ACTIVATION(a, CK_BODY)
#undef CK_BODY
}

// What a kernel with a tile of results in registers applies to them there: identity and ReLU, an instruction or two.
CK_INLINE ck_activation in_registers(ck_activation a) {
  return with_kind(a, a.kind == CK_RELU ? CK_RELU : CK_IDENTITY);
}

// What it leaves for when the tile is stored, and still in L1: inlined for every vector of every size of tile, dozens of
// instructions would crowd the instruction cache.
CK_INLINE void activate_stored(ck_activation a, size_t pixels, size_t channels, float *output,
                               size_t output_stride) {
  if (a.kind != in_registers(a).kind)
    CK(activate)(output, output_stride, pixels, channels, a, output, output_stride);
}
