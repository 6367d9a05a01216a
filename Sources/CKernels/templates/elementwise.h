// One pixel after the other, vectors along the channels.

CK_INLINE void scale_shift_body(const float *input, size_t input_stride, const float *scale,
                                const float *shift, const float *residual, size_t residual_stride,
                                size_t pixels, size_t channels, const ck_activation a, float *output,
                                size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) {
      vf y = load_some(input + c, left) * load_some(scale + c, left) + load_some(shift + c, left);
      if (residual) y += load_some(residual + p * residual_stride + c, left);
      store_some(output + c, activate(y, a), left);
    }
}

static void CK(scale_shift)(const float *input, size_t input_stride, const float *scale, const float *shift,
                            const float *residual, size_t residual_stride, size_t pixels, size_t channels,
                            ck_activation activation, float *output, size_t output_stride){
#define CK_BODY(a) \
  scale_shift_body(input, input_stride, scale, shift, residual, residual_stride, pixels, channels, a, \
                   output, output_stride)
    CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

CK_INLINE void add_body(const float *first, size_t first_stride, const float *second, size_t second_stride,
                        size_t pixels, size_t channels, const ck_activation a, float *output,
                        size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, first += first_stride, second += second_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels)
      store_some(output + c, activate(load_some(first + c, left) + load_some(second + c, left), a), left);
}

static void CK(add)(const float *first, size_t first_stride, const float *second, size_t second_stride,
                    size_t pixels, size_t channels, ck_activation activation, float *output,
                    size_t output_stride) {
#define CK_BODY(a) \
  add_body(first, first_stride, second, second_stride, pixels, channels, a, output, output_stride)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

static void CK(subtract)(const float *first, size_t first_stride, const float *second, size_t second_stride,
                         size_t pixels, size_t channels, float *output, size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, first += first_stride, second += second_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels)
      store_some(output + c, load_some(first + c, left) - load_some(second + c, left), left);
}

CK_INLINE void bias_residual_body(const float *input, size_t input_stride, const float *bias,
                                  const float *residual, size_t residual_stride, size_t pixels,
                                  size_t channels, const ck_activation a, float *output,
                                  size_t output_stride) {
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) {
      vf y = load_some(input + c, left);
      if (bias) y += load_some(bias + c, left);
      if (residual) y += load_some(residual + p * residual_stride + c, left);
      store_some(output + c, activate(y, a), left);
    }
}

static void CK(bias_residual)(const float *input, size_t input_stride, const float *bias,
                              const float *residual, size_t residual_stride, size_t pixels, size_t channels,
                              ck_activation activation, float *output, size_t output_stride){
#define CK_BODY(a) \
  bias_residual_body(input, input_stride, bias, residual, residual_stride, pixels, channels, a, output, \
                     output_stride)
    CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
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

static void CK(response_norm)(const float *input, size_t input_stride, size_t pixels, size_t channels,
                              size_t size, float alpha, float beta, float bias, float *output,
                              size_t output_stride) {
  const float factor = alpha / (float)size;
  for (size_t p = 0; p < pixels; p++, input += input_stride, output += output_stride)
    CK_EACH_VECTOR(c, left, channels) {
      vf sum = {0};
      for (size_t i = 0; i < size; i++)
        sum += neighbor_squares(input, (long)(c + i) - (long)(size / 2), left, channels);
      store_some(output + c, load_some(input + c, left) * inverse_power(bias + factor * sum, beta), left);
    }
}
