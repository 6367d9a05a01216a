// One pixel after the other, vectors along the channels, the rest of a pixel by single floats.

static void CK(scale_shift)(const float *input, size_t input_stride, const float *scale, const float *shift,
                            size_t pixels, size_t channels, int relu, float *output, size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride) {
    size_t c = 0;
    for (; c + CK_VECTOR <= channels; c += CK_VECTOR) {
      vf y = load(input + c) * load(scale + c) + load(shift + c);
      store(output + c, relu ? rectify(y) : y);
    }
    for (; c < channels; c++) {
      float y = input[c] * scale[c] + shift[c];
      output[c] = relu ? rectify1(y) : y;
    }
  }
}

static void CK(add)(const float *left, size_t left_stride, const float *right, size_t right_stride, size_t pixels,
                    size_t channels, int relu, float *output, size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, left += left_stride, right += right_stride, output += output_stride) {
    size_t c = 0;
    for (; c + CK_VECTOR <= channels; c += CK_VECTOR) {
      vf y = load(left + c) + load(right + c);
      store(output + c, relu ? rectify(y) : y);
    }
    for (; c < channels; c++) {
      float y = left[c] + right[c];
      output[c] = relu ? rectify1(y) : y;
    }
  }
}

static void CK(relu)(const float *input, size_t input_stride, size_t pixels, size_t channels, float *output,
                     size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride) {
    size_t c = 0;
    for (; c + CK_VECTOR <= channels; c += CK_VECTOR) store(output + c, rectify(load(input + c)));
    for (; c < channels; c++) output[c] = rectify1(input[c]);
  }
}

static void CK(bias_residual)(const float *input, size_t input_stride, const float *bias, const float *residual,
                              size_t residual_stride, size_t pixels, size_t channels, int relu, float *output,
                              size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride) {
    size_t c = 0;
    for (; c + CK_VECTOR <= channels; c += CK_VECTOR) {
      vf y = load(input + c);
      if (bias) y += load(bias + c);
      if (residual) y += load(residual + p * residual_stride + c);
      store(output + c, relu ? rectify(y) : y);
    }
    for (; c < channels; c++) {
      float y = input[c];
      if (bias) y += bias[c];
      if (residual) y += residual[p * residual_stride + c];
      output[c] = relu ? rectify1(y) : y;
    }
  }
}

// beta is 3/4 in every network of the literature: two square roots instead of a power.
CK_INLINE float inverse_power(float base, float beta) {
  if (beta == 0.75f) {
    const float root = sqrtf(base);
    return 1 / (root * sqrtf(root));
  }
  return powf(base, -beta);
}

static void CK(response_norm)(const float *input, size_t input_stride, size_t pixels, size_t channels, size_t size,
                              float alpha, float beta, float bias, float *output, size_t output_stride) {
  const size_t before = size / 2, after = size - before;  // neighbours c - before ... c + after - 1
  const float factor = alpha / (float)size;
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride) {
    for (size_t c = 0; c < channels; c++) {
      const size_t first = c < before ? 0 : c - before;
      const size_t last = c + after < channels ? c + after : channels;
      float sum = 0;
      for (size_t i = first; i < last; i++) sum += input[i] * input[i];
      output[c] = input[c] * inverse_power(bias + factor * sum, beta);
    }
  }
}

// e^x for x in [0, 88]: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2]; coefficients by Moshier, Cephes.
CK_INLINE vf exponential(vf x) {
  const vf magic = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  const vf shifted = x * splat(1.44269504f) + magic;
  const vf n = shifted - magic;
  const vf r = (x - n * splat(0.693359375f)) + n * splat(2.12194440e-4f);
  vf y = splat(1.9875691500e-4f);
  y = y * r + splat(1.3981999507e-3f);
  y = y * r + splat(8.3334519073e-3f);
  y = y * r + splat(4.1665795894e-2f);
  y = y * r + splat(1.6666665459e-1f);
  y = y * r + splat(5.0000001201e-1f);
  y = y * (r * r) + r + 1;
  const vi exponent = ((vi)shifted - (vi)magic + 127) << 23;
  return y * (vf)exponent;
}

// tanh: an odd polynomial near zero, where the other form would cancel, and 1 - 2 / (e^2x + 1) elsewhere;
// NaN stays NaN.
CK_INLINE vf hyperbolic_tangent(vf x) {
  const vi sign = (vi)x & (vi)splat(-0.0f);
  const vf size = (vf)((vi)x & ~(vi)splat(-0.0f));
  const vf square = size * size;
  vf near = splat(-5.70498872745e-3f);
  near = near * square + splat(2.06390887954e-2f);
  near = near * square + splat(-5.37397155531e-2f);
  near = near * square + splat(1.33314422036e-1f);
  near = near * square + splat(-3.33332819422e-1f);
  near = near * (square * size) + size;
  const vf bounded = select(size < 10, size, splat(10));  // tanh 10 rounds to 1
  const vf far = 1 - 2 / (exponential(2 * bounded) + 1);
  const vf result = select(size < 0.625f, near, far);
  return (vf)((vi)select(x != x, x, result) | sign);
}

static void CK(tanh)(const float *input, size_t count, float amplitude, float slope, float *output) {
  for (size_t i = 0; i < count; i += CK_VECTOR) {
    const size_t n = count - i < CK_VECTOR ? count - i : CK_VECTOR;
    store_some(output + i, splat(amplitude) * hyperbolic_tangent(splat(slope) * load_some(input + i, n)), n);
  }
}
