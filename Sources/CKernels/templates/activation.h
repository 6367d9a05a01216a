// Activations and their gradients, on vectors.
//
// A new one takes a kind in ck_types.h, its two functions here, and a case in each of the three switches below.

// NaN stays NaN, as in the reference frameworks.
CK_INLINE vf rectify(vf x) { return choose(x < 0, (vf){0}, x); }

CK_INLINE vf clamp(vf x, float low, float high) {
  x = choose(x < low, splat(low), x);
  return choose(x > high, splat(high), x);
}

CK_INLINE vf magnitude(vf x) { return (vf)((vi)x & 0x7fffffff); }

// x = n ln 2 + t with |t| <= ln 2 / 2 and a whole number n: returns t, and 2^n for n from -126 to 127, infinite for 128.
CK_INLINE vf reduced(vf x, vf *power) {
  const vf shift = splat(0x1.8p23f + 127);  // adding it rounds to a whole number, n + 127 in the last bits
  const vf rounded = x * 1.44269504f + shift, n = rounded - shift;
  *power = (vf)((vi)rounded << 23);
  const vf t = n * -0.693359375f + x;  // ln 2 in two parts, the first of few bits
  return n * 2.12194440e-4f + t;
}

// e^t - 1 by a polynomial, for |t| a little beyond ln 2 / 2 at most.
CK_INLINE vf reduced_expm1(vf t) {
  vf q = t * (1.0f / 5040) + (1.0f / 720);
  q = q * t + (1.0f / 120);
  q = q * t + (1.0f / 24);
  q = q * t + (1.0f / 6);
  q = q * t + 0.5f;
  return t * t * q + t;
}

// e^x - 1 for x <= 0.
CK_INLINE vf expm1_of_negative(vf x) {
  vf power;
  x = choose(x < -40, splat(-40), x);  // e^-40 - 1 is -1 in float32
  const vf p = reduced_expm1(reduced(x, &power));
  return power * p + (power - 1);
}

// e^-x, infinite below -88 and no smaller than e^-87.
CK_INLINE vf exp_of_minus(vf x) {
  vf power;
  const vf p = reduced_expm1(reduced(-clamp(x, -89, 87), &power));
  return power * (p + 1);
}

// tanh x = -e / (e + 2) with e = e^(-2 |x|) - 1, and the sign of x.
CK_INLINE vf scaled_tanh(vf input, float amplitude, float slope) {
  const vf x = slope * input;
  const vi sign = (vi)x & (int)0x80000000;
  const vf e = expm1_of_negative(-2 * magnitude(x));
  const vf y = amplitude * (-e / (e + 2));
  const vf result = (vf)((vi)y ^ sign);
  return choose(x != x, x, result);
}

CK_INLINE vf hard_sigmoid(vf x) { return clamp(x + 3, 0, 6) * (1.0f / 6); }

// The cumulative function of the normal distribution, and its density times sqrt(2 pi).
//
// For a = |x| it is e^(-a^2 / 2) R(a) at -a. R, which falls slowly, is t times a polynomial of t = 1 / (1 + 0.35 a),
// fitted by weighted least squares: relative error 3e-8. Beyond 13, where it is below 1e-38, it is 0 here.
typedef struct {
  vf cumulative, density;
} CK(normal);

CK_INLINE CK(normal) normal(vf x) {
  vf power;
  const vf all = magnitude(x), a = choose(all > 13, splat(13), all);
  // a^2 = high^2 + rest, the first exact: an error of the exponent is a relative error of the result.
  const vf high = (vf)((vi)a & (int)0xfffff000);
  const vf rest = -0.5f * (a - high) * (a + high);
  const vf p = reduced_expm1(reduced(-0.5f * high * high, &power) + rest);
  const vf density = choose(all > 13, (vf){0}, power * (p + 1));
  const vf t = 1 / (0.35f * a + 1);
  vf r = t * -0.0291590281f + 0.144036785f;
  r = r * t - 0.255851775f;
  r = r * t + 0.159335032f;
  r = r * t - 0.0232234597f;
  r = r * t + 0.105557442f;
  r = r * t + 0.119819976f;
  r = r * t + 0.1398637f;
  r = r * t + 0.139621302f;
  const vf tail = density * (r * t);
  return (CK(normal)){choose(x < 0, tail, 1 - tail), density};
}

// What GELU's approximation takes the sigmoid of, 2 sqrt(2 / pi) (x + 0.044715 x^3), and its derivative.
CK_INLINE vf gelu_argument(vf x) { return x * (x * x * 0.0713548163f + 1.59576912f); }
CK_INLINE vf gelu_argument_slope(vf x) { return x * x * 0.214064449f + 1.59576912f; }

#if defined(CK_BFLOAT_MAPS)
// For results that are rounded to 8 bits: the relative error is below 2^-12. 2^f is a polynomial for |f| <= 1/2, fitted by
// weighted least squares, and the reciprocal the CPU's estimate.
CK_INLINE vf sigmoid(vf x) {
  const __m512 t = _mm512_mul_ps((__m512)x, _mm512_set1_ps(-1.44269504f));
  const vf f = (vf)_mm512_reduce_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const vf p = ((f * 0.0551713396f + 0.242611167f) * f + 0.693261032f) * f + 0.999928072f;
  const __m512 whole = _mm512_roundscale_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return (vf)_mm512_rcp14_ps((__m512)(1 + (vf)_mm512_scalef_ps((__m512)p, whole)));
}
CK_INLINE vf silu(vf x) { return x * sigmoid(x); }
// GELU as x times the sigmoid of an odd polynomial, which is the logarithm of Φ(x) / Φ(-x) within 0.0017 up to 6, fitted
// in the same way.
CK_INLINE vf gelu(vf x) {
  const vf u = clamp(x, -6, 6), square = u * u;
  vf p = square * -6.54131338e-8f + 1.27968711e-5f;
  p = p * square - 0.00105587712f;
  p = p * square + 0.0762701053f;
  p = p * square + 1.59191041f;
  return x * sigmoid(u * p);
}
CK_INLINE vf gelu_tanh(vf x) { return x * sigmoid(gelu_argument(x)); }
#else
CK_INLINE vf sigmoid(vf x) { return 1 / (1 + exp_of_minus(x)); }
CK_INLINE vf silu(vf x) { return x / (1 + exp_of_minus(x)); }
CK_INLINE vf gelu(vf x) { return x * normal(x).cumulative; }
CK_INLINE vf gelu_tanh(vf x) { return x / (1 + exp_of_minus(gelu_argument(x))); }
#endif

CK_INLINE vf activate(vf x, const ck_activation a) {
  switch (a.kind) {
    case CK_IDENTITY: return x;
    case CK_RELU: return rectify(x);
    case CK_CLAMP: return clamp(x, a.low, a.high);
    case CK_LEAKY_RELU: return choose(x < 0, a.slope * x, x);
    case CK_TANH: return scaled_tanh(x, a.amplitude, a.slope);
    case CK_SIGMOID: return sigmoid(x);
    case CK_HARD_SIGMOID: return hard_sigmoid(x);
    case CK_HARD_SWISH: return x * hard_sigmoid(x);
    case CK_SILU: return silu(x);
    case CK_GELU: return gelu(x);
    case CK_GELU_TANH: return gelu_tanh(x);
  }
}

// The derivative of x f(x) is f + x f'. Far out, where x f' has no digits left, x is limited, so that it is not NaN.
CK_INLINE vf silu_slope(vf x) {
  const vf y = sigmoid(x);
  return y + clamp(x, -200, 200) * y * (1 - y);
}

CK_INLINE vf gelu_slope(vf x) {
  const CK(normal) n = normal(x);
  return n.cumulative + clamp(x, -200, 200) * n.density * 0.398942280f;
}

CK_INLINE vf gelu_tanh_slope(vf input) {
  const vf x = clamp(input, -200, 200);
  const vf y = sigmoid(gelu_argument(x));
  return y + x * gelu_argument_slope(x) * y * (1 - y);
}

// The gradient of an activation's input. `value` is the activation's result, or its input where takes_input says so.
CK_INLINE vf activation_gradient(vf gradient, vf value, const ck_activation a) {
  switch (a.kind) {
    case CK_IDENTITY: return gradient;
    case CK_RELU: return choose(value > 0, gradient, (vf){0});
    case CK_CLAMP: return choose((value > a.low) & (value < a.high), gradient, (vf){0});
    case CK_LEAKY_RELU: return choose(value > 0, gradient, a.slope * gradient);
    case CK_TANH:
      return gradient * (splat(a.amplitude * a.slope) - splat(a.slope / a.amplitude) * (value * value));
    case CK_SIGMOID: return gradient * (value * (1 - value));
    case CK_HARD_SIGMOID: return choose((value > 0) & (value < 1), gradient * (1.0f / 6), (vf){0});
    case CK_HARD_SWISH:
      return choose(value < -3, (vf){0}, choose(value > 3, gradient, gradient * (value * (1.0f / 3) + 0.5f)));
    case CK_SILU: return gradient * silu_slope(value);
    case CK_GELU: return gradient * gelu_slope(value);
    case CK_GELU_TANH: return gradient * gelu_tanh_slope(value);
  }
}

// Whether the gradient may be computed from the activation's input: because it has to be, or because that of ReLU, of
// its leaky form and of a clamp is the same at both.
CK_INLINE int takes_input(const ck_activation a) {
  return a.kind != CK_TANH && a.kind != CK_SIGMOID && a.kind != CK_HARD_SIGMOID;
}

CK_INLINE ck_activation with_kind(ck_activation a, const ck_activation_kind kind) {
  a.kind = kind;
  return a;
}

// Calls `body` with the activation, its kind a constant in each case, so that its loops are compiled once for each kind.
#define CK_BY_ACTIVATION(a, body) \
  switch ((a).kind) { \
    case CK_IDENTITY: body(with_kind(a, CK_IDENTITY)); break; \
    case CK_RELU: body(with_kind(a, CK_RELU)); break; \
    case CK_CLAMP: body(with_kind(a, CK_CLAMP)); break; \
    case CK_LEAKY_RELU: body(with_kind(a, CK_LEAKY_RELU)); break; \
    case CK_TANH: body(with_kind(a, CK_TANH)); break; \
    case CK_SIGMOID: body(with_kind(a, CK_SIGMOID)); break; \
    case CK_HARD_SIGMOID: body(with_kind(a, CK_HARD_SIGMOID)); break; \
    case CK_HARD_SWISH: body(with_kind(a, CK_HARD_SWISH)); break; \
    case CK_SILU: body(with_kind(a, CK_SILU)); break; \
    case CK_GELU: body(with_kind(a, CK_GELU)); break; \
    case CK_GELU_TANH: body(with_kind(a, CK_GELU_TANH)); break; \
  }

CK_INLINE void activate_body(ck_pixels input, size_t pixels, size_t channels, const ck_activation a,
                             ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const map_value *x = pixel_at(input, p);
    map_value *y = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) store_values(y + c, activate(load_values(x + c, n), a), n);
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

CK_INLINE void activate_in_place(ck_activation activation, size_t pixels, size_t channels, map_value *first,
                                 size_t stride) {
  CK(activate)((ck_pixels){first, stride}, pixels, channels, activation, (ck_output_pixels){first, stride});
}

// What a kernel applies to a tile of results in its registers: identity, ReLU or another clamp, two instructions.
// Inlined for each vector of each size of tile, the dozens of instructions of the others would crowd the instruction
// cache.
CK_INLINE ck_activation in_registers(ck_activation a) {
  if (a.kind != CK_CLAMP) {
    a.low = a.kind == CK_RELU ? 0 : -INFINITY;
    a.high = INFINITY;
  }
  return with_kind(a, CK_CLAMP);
}

// The others are applied to the tile once it is stored; it is still in L1.
CK_INLINE void activate_stored(ck_activation a, size_t pixels, size_t channels, map_value *first,
                               size_t stride) {
  if (a.kind > CK_CLAMP) activate_in_place(a, pixels, channels, first, stride);
}

// The part of an activation that is applied in registers, where each instruction counts.
CK_INLINE void bound(const size_t count, vf *x, ck_activation a) {
  if (a.kind == CK_RELU)
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) x[i] = rectify(x[i]);
  else if (a.kind == CK_CLAMP)
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) x[i] = clamp(x[i], a.low, a.high);
}
