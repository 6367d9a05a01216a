// Elementwise kernels: pixel by pixel, vectors along the channels.

CK_INLINE void scale_shift_body(ck_pixels input, const float *scale, const float *shift, ck_pixels residual,
                                size_t pixels, size_t channels, const ck_activation a,
                                ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const map_value *x = pixel_at(input, p), *r = pixel_at(residual, p);
    map_value *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      const vf factor = load_some(scale + c, n);
      const vf value = load_values(x + c, n);
      vf y = shift ? value * factor + load_some(shift + c, n) : value * factor;
      if (residual.first) y += load_values(r + c, n);
      store_values(target + c, activate(y, a), n);
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
    const map_value *x = pixel_at(input, p), *r = pixel_at(residual, p);
    map_value *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      vf y = load_values(x + c, n);
      if (bias) y += load_some(bias + c, n);
      if (residual.first) y += load_values(r + c, n);
      store_values(target + c, activate(y, a), n);
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
    const map_value *x = pixel_at(left, p), *y = pixel_at(right, p);
    map_value *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels)
      store_values(target + c, activate(load_values(x + c, n) + load_values(y + c, n), a), n);
  }
}

static void CK(add)(ck_pixels left, ck_pixels right, size_t pixels, size_t channels, ck_activation activation,
                    ck_output_pixels output) {
#define CK_BODY(a) add_body(left, right, pixels, channels, a, output)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

// part[0][0], part[1][0], part[0][1], part[1][1], …
CK_INLINE void interleave_two(const ck_pixels *part, size_t pixels, size_t channels,
                              ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const map_value *a = pixel_at(part[0], p), *b = pixel_at(part[1], p);
    map_value *to = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      const vf x = load_values(a + c, n), y = load_values(b + c, n);
      store_values(to + 2 * c, zip_low(x, y), 2 * n);
      if (2 * n > CK_VECTOR) store_values(to + 2 * c + CK_VECTOR, zip_high(x, y), 2 * n - CK_VECTOR);
    }
  }
}

static void CK(interleave)(const ck_pixels *part, size_t parts, size_t pixels, size_t channels,
                           ck_output_pixels output) {
  if (parts == 2) {
    interleave_two(part, pixels, channels, output);
    return;
  }
  for (size_t p = 0; p < pixels; p++) {
    map_value *to = output_pixel_at(output, p);
    for (size_t i = 0; i < parts; i++) {
      const map_value *from = pixel_at(part[i], p);
      for (size_t c = 0; c < channels; c++) to[c * parts + i] = from[c];
    }
  }
}

// Mean of a pixel's channels, and 1 / sqrt(variance + epsilon). Four vectors of sums hide the latency of an addition.
typedef struct {
  float mean, inverse;
} CK(pixel_statistics);

CK_INLINE CK(pixel_statistics) pixel_statistics(const map_value *x, size_t channels, float epsilon) {
  vf sum[4] = {{0}}, squares[4] = {{0}};
  size_t c = 0;
  for (; c + 4 * CK_VECTOR <= channels; c += 4 * CK_VECTOR)
    for (size_t v = 0; v < 4; v++) sum[v] += load_values(x + c + v * CK_VECTOR, CK_VECTOR);
  for (; c < channels; c += CK_VECTOR) sum[0] += load_values(x + c, channels - c);
  const float mean = sum_lanes((sum[0] + sum[1]) + (sum[2] + sum[3])) / (float)channels;
  for (c = 0; c + 4 * CK_VECTOR <= channels; c += 4 * CK_VECTOR)
    for (size_t v = 0; v < 4; v++) {
      const vf d = load_values(x + c + v * CK_VECTOR, CK_VECTOR) - mean;
      squares[v] += d * d;
    }
  for (; c < channels; c += CK_VECTOR) {
    const vf d = load_values(x + c, channels - c) - keep_some(splat(mean), channels - c);
    squares[0] += d * d;
  }
  const float variance = sum_lanes((squares[0] + squares[1]) + (squares[2] + squares[3])) / (float)channels;
  return (CK(pixel_statistics)){mean, 1 / sqrtf(variance + epsilon)};
}

static void CK(layer_norm)(ck_pixels input, size_t pixels, size_t channels, ck_layer_norm norm,
                           ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const map_value *x = pixel_at(input, p);
    map_value *to = output_pixel_at(output, p);
    const CK(pixel_statistics) s = pixel_statistics(x, channels, norm.epsilon);
    CK_EACH_VECTOR(c, n, channels) {
      const vf y = (load_values(x + c, n) - s.mean) * s.inverse;
      store_values(to + c, y * load_some(norm.scale + c, n) + load_some(norm.shift + c, n), n);
    }
  }
}

// Squares of `left` channels from `first` on, zero outside the pixel; `first` may be negative.
CK_INLINE vf neighbor_squares(const map_value *pixel, long first, size_t left, size_t channels) {
  vf x = {0};
  if (first >= 0 && (size_t)first + left <= channels) {
    x = load_values(pixel + first, left);
  } else {
    map_value values[CK_VECTOR] = {0};
    for (long i = 0; i < (long)left; i++)
      if (first + i >= 0 && first + i < (long)channels) values[i] = pixel[first + i];
    x = load_values(values, CK_VECTOR);
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
    const map_value *x = pixel_at(input, p);
    map_value *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      vf sum = {0};
      for (size_t i = 0; i < norm.size; i++)
        sum += neighbor_squares(x, (long)(c + i) - (long)(norm.size / 2), n, channels);
      store_values(target + c, load_values(x + c, n) * inverse_power(norm.bias + factor * sum, norm.beta), n);
    }
  }
}

static void CK(from_planes)(const float *plane, size_t plane_stride, size_t pixels, size_t channels,
                            ck_output_pixels output) {
  for (size_t channel = 0; channel < channels; channel++, plane += plane_stride) {
    map_value *target = (map_value *)output.first + channel;
    CK_EACH_VECTOR(x, n, pixels) {
      map_value values[CK_VECTOR];
      store_values(values, load_some(plane + x, n), CK_VECTOR);
      for (size_t i = 0; i < n; i++, target += output.stride) *target = values[i];
    }
  }
}

static void CK(from_floats)(ck_pixels input, size_t pixels, size_t channels, ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const float *x = (const float *)input.first + p * input.stride;
    map_value *target = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) store_values(target + c, load_some(x + c, n), n);
  }
}

static void CK(to_floats)(ck_pixels input, size_t pixels, size_t channels, ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const map_value *x = pixel_at(input, p);
    float *target = (float *)output.first + p * output.stride;
    CK_EACH_VECTOR(c, n, channels) store_some(target + c, load_values(x + c, n), n);
  }
}
