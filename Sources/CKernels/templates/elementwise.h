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

static void CK(tanh)(const float *input, size_t count, float amplitude, float slope, float *output) {
  for (size_t i = 0; i < count; i++) output[i] = amplitude * tanhf(slope * input[i]);
}
