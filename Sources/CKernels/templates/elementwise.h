// One pixel after the other, vectors along the channels.

static void CK(scale_shift)(const float *input, size_t input_stride, const float *scale, const float *shift,
                            const float *residual, size_t residual_stride, size_t pixels, size_t channels,
                            int relu, float *output, size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) {
      vf y = load_some(input + c, left) * load_some(scale + c, left) + load_some(shift + c, left);
      if (residual) y += load_some(residual + p * residual_stride + c, left);
      store_some(output + c, relu ? rectify(y) : y, left);
    }
}

static void CK(add)(const float *first, size_t first_stride, const float *second, size_t second_stride,
                    size_t pixels, size_t channels, int relu, float *output, size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, first += first_stride, second += second_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) {
      const vf y = load_some(first + c, left) + load_some(second + c, left);
      store_some(output + c, relu ? rectify(y) : y, left);
    }
}

static void CK(subtract)(const float *first, size_t first_stride, const float *second, size_t second_stride,
                         size_t pixels, size_t channels, float *output, size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, first += first_stride, second += second_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels)
      store_some(output + c, load_some(first + c, left) - load_some(second + c, left), left);
}

static void CK(relu)(const float *input, size_t input_stride, size_t pixels, size_t channels, float *output,
                     size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) store_some(output + c, rectify(load_some(input + c, left)), left);
}

static void CK(bias_residual)(const float *input, size_t input_stride, const float *bias, const float *residual,
                              size_t residual_stride, size_t pixels, size_t channels, int relu, float *output,
                              size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) {
      vf y = load_some(input + c, left);
      if (bias) y += load_some(bias + c, left);
      if (residual) y += load_some(residual + p * residual_stride + c, left);
      store_some(output + c, relu ? rectify(y) : y, left);
    }
}

// Squares of `left` channels from `first` on, those outside the pixel as zero; `first` may be negative.
CK_INLINE vf neighbor_squares(const float *pixel, long first, size_t left, size_t channels) {
  vf x = {0};
  if (first >= 0 && (size_t)first + left <= channels) {
    x = load_some(pixel + first, left);
  } else {
    for (long i = 0; i < (long)left; i++)
      if (first + i >= 0 && first + i < (long)channels) x[i] = pixel[first + i];
  }
  return x * x;
}

// beta is 3/4 in every network of the literature: two square roots instead of a power.
CK_INLINE vf inverse_power(vf base, float beta) {
  if (beta == 0.75f) {
    const vf root = __builtin_elementwise_sqrt(base);
    return 1 / (root * __builtin_elementwise_sqrt(root));
  }
  for (size_t i = 0; i < CK_VECTOR; i++) base[i] = powf(base[i], -beta);
  return base;
}

static void CK(response_norm)(const float *input, size_t input_stride, size_t pixels, size_t channels, size_t size,
                              float alpha, float beta, float bias, float *output, size_t output_stride) {
  const float factor = alpha / (float)size;
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) {
      vf sum = {0};
      for (size_t i = 0; i < size; i++)
        sum += neighbor_squares(input, (long)(c + i) - (long)(size / 2), left, channels);
      store_some(output + c, load_some(input + c, left) * inverse_power(bias + factor * sum, beta), left);
    }
}

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
static void CK(tanh)(const float *input, size_t count, float amplitude, float slope, float *output) {
  CK_EACH_VECTOR(i, left, count) {
    const vf x = slope * load_some(input + i, left);
    const vi sign = (vi)x & (int)0x80000000;
    const vf magnitude = (vf)((vi)x & 0x7fffffff);
    const vf e = expm1_of_negative(-2 * magnitude);
    const vf y = amplitude * (-e / (e + 2));
    const vf result = (vf)((vi)y ^ sign);
    store_some(output + i, choose(x != x, x, result), left);
  }
}
