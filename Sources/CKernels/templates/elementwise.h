// Elementwise kernels: pixel by pixel, vectors along the channels.

CK_INLINE void scale_shift_body(ck_pixels input, const float *scale, const float *shift, ck_pixels residual,
                                size_t pixels, size_t channels, const ck_activation a,
                                ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(input, p), *r = pixel_at(residual, p);
    float *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      vf y = load_some(x + c, n) * load_some(scale + c, n) + load_some(shift + c, n);
      if (residual.first) y += load_some(r + c, n);
      store_some(target + c, activate(y, a), n);
    }
  }
}

static void CK(scale_shift)(ck_pixels input, const float *scale, const float *shift, ck_pixels residual,
                            size_t pixels, size_t channels, ck_activation activation,
                            ck_output_pixels output) {
#define CK_BODY(a) scale_shift_body(input, scale, shift, residual, pixels, channels, a, output)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

CK_INLINE void bias_residual_body(ck_pixels input, const float *bias, ck_pixels residual, size_t pixels,
                                  size_t channels, const ck_activation a, ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(input, p), *r = pixel_at(residual, p);
    float *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      vf y = load_some(x + c, n);
      if (bias) y += load_some(bias + c, n);
      if (residual.first) y += load_some(r + c, n);
      store_some(target + c, activate(y, a), n);
    }
  }
}

static void CK(bias_residual)(ck_pixels input, const float *bias, ck_pixels residual, size_t pixels,
                              size_t channels, ck_activation activation, ck_output_pixels output) {
#define CK_BODY(a) bias_residual_body(input, bias, residual, pixels, channels, a, output)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

CK_INLINE void add_body(ck_pixels left, ck_pixels right, size_t pixels, size_t channels,
                        const ck_activation a, ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(left, p), *y = pixel_at(right, p);
    float *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels)
      store_some(target + c, activate(load_some(x + c, n) + load_some(y + c, n), a), n);
  }
}

static void CK(add)(ck_pixels left, ck_pixels right, size_t pixels, size_t channels, ck_activation activation,
                    ck_output_pixels output) {
#define CK_BODY(a) add_body(left, right, pixels, channels, a, output)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

static void CK(subtract)(ck_pixels left, ck_pixels right, size_t pixels, size_t channels,
                         ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(left, p), *y = pixel_at(right, p);
    float *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) store_some(target + c, load_some(x + c, n) - load_some(y + c, n), n);
  }
}

// Squares of `left` channels from `first` on, zero outside the pixel; `first` may be negative.
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

// beta is 3/4 in every published network: two square roots instead of a power.
CK_INLINE vf inverse_power(vf base, float beta) {
  if (beta == 0.75f) {
    const vf root = __builtin_elementwise_sqrt(base);
    return 1 / (root * __builtin_elementwise_sqrt(root));
  }
  for (size_t i = 0; i < CK_VECTOR; i++) base[i] = powf(base[i], -beta);
  return base;
}

static void CK(response_norm)(ck_pixels input, size_t pixels, size_t channels, ck_response_norm norm,
                              ck_output_pixels output) {
  const float factor = norm.alpha / (float)norm.size;
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(input, p);
    float *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      vf sum = {0};
      for (size_t i = 0; i < norm.size; i++)
        sum += neighbor_squares(x, (long)(c + i) - (long)(norm.size / 2), n, channels);
      store_some(target + c, load_some(x + c, n) * inverse_power(norm.bias + factor * sum, norm.beta), n);
    }
  }
}
