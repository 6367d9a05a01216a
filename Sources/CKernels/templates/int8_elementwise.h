// What is done with bytes beside products.

CK_INLINE const uint8_t *bytes_at(ck_byte_pixels pixels, size_t p) {
  return pixels.first + p * pixels.stride;
}
CK_INLINE uint8_t *output_bytes_at(ck_output_byte_pixels pixels, size_t p) {
  return pixels.first + p * pixels.stride;
}

static void CK(quantize)(ck_pixels input, size_t pixels, size_t channels, ck_rounding rounding,
                         ck_output_byte_pixels output) {
  if (input.stride == channels && output.stride == channels) {  // pixels without gaps are one long pixel
    channels *= pixels;
    pixels = 1;
  }
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(input, p);
    uint8_t *y = output_bytes_at(output, p);
    CK_EACH_VECTOR(c, n, channels)
      store_bytes(y + c, rounded_bytes(load_some(x + c, n) * rounding.inverse_step, &rounding), n);
  }
}

static void CK(quantize_row)(const float *input, size_t plane_stride, size_t pixels, size_t channels,
                             ck_rounding rounding, ck_output_byte_pixels output) {
  for (size_t channel = 0; channel < channels; channel++, input += plane_stride) {
    uint8_t *target = output.first + channel;
    CK_EACH_VECTOR(x, n, pixels) {
      uint8_t bytes[CK_VECTOR];
      store_bytes(bytes, rounded_bytes(load_some(input + x, n) * rounding.inverse_step, &rounding),
                  CK_VECTOR);
      for (size_t i = 0; i < n; i++, target += output.stride) *target = bytes[i];
    }
  }
}

static void CK(dequantize)(ck_byte_pixels input, size_t pixels, size_t channels, float zero, float step,
                           ck_output_pixels output) {
  for (size_t p = 0; p < pixels; p++) {
    const uint8_t *x = bytes_at(input, p);
    float *y = output_pixel_at(output, p);
    CK_EACH_VECTOR(c, n, channels) store_some(y + c, (load_bytes(x + c, n) - zero) * step, n);
  }
}

static void CK(int8_scale_shift)(ck_byte_pixels input, const float *scale, const float *shift, size_t pixels,
                                 size_t channels, ck_rounding rounding, ck_output_byte_pixels output) {
#pragma clang fp contract(off)
  for (size_t p = 0; p < pixels; p++) {
    const uint8_t *x = bytes_at(input, p);
    uint8_t *y = output_bytes_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      const vf scaled = load_bytes(x + c, n) * load_some(scale + c, n);
      store_bytes(y + c, rounded_bytes(scaled + load_some(shift + c, n), &rounding), n);
    }
  }
}

static void CK(int8_add)(ck_byte_pixels left, float left_zero, float left_step, ck_byte_pixels right,
                         float right_zero, float right_step, size_t pixels, size_t channels,
                         ck_rounding rounding, ck_output_byte_pixels output) {
#pragma clang fp contract(off)
  for (size_t p = 0; p < pixels; p++) {
    const uint8_t *a = bytes_at(left, p), *b = bytes_at(right, p);
    uint8_t *y = output_bytes_at(output, p);
    CK_EACH_VECTOR(c, n, channels) {
      const vf first = (load_bytes(a + c, n) - left_zero) * left_step;
      const vf second = (load_bytes(b + c, n) - right_zero) * right_step;
      store_bytes(y + c, rounded_bytes((first + second) * rounding.inverse_step, &rounding), n);
    }
  }
}

static void CK(int8_max_pool_row)(const ck_pool_window *w, const uint8_t *input, size_t y, uint8_t *output) {
  const size_t stride = w->input_stride;
  const CK(pool_reach) rows = rows_of(w, y);
  for (size_t x = 0; x < w->output_width; x++, output += w->output_stride) {
    const CK(pool_reach) columns = columns_of(w, x);
    for (size_t c = 0; c < w->channels; c += CK_GROUP) {
      const size_t count = w->channels - c < CK_GROUP ? w->channels - c : CK_GROUP;
      CK(bytes) best = {0};
      for (size_t i = rows.first; i < rows.end; i++) {
        const uint8_t *pixel = input + (i * w->width + columns.first) * stride + c;
        for (size_t j = columns.first; j < columns.end; j++, pixel += stride) {
          const CK(bytes) other = load_group(pixel, count);
          best = __builtin_elementwise_max(best, other);
        }
      }
      if (count == CK_GROUP) *(CK(bytes) *)(output + c) = best;
      else memcpy(output + c, &best, count);
    }
  }
}

static void CK(int8_average_pool_row)(const ck_pool_window *w, const uint8_t *input, size_t y, float zero,
                                      float step, ck_rounding rounding, uint8_t *output) {
  const size_t stride = w->input_stride;
  const CK(pool_reach) rows = rows_of(w, y);
  for (size_t x = 0; x < w->output_width; x++, output += w->output_stride) {
    const CK(pool_reach) columns = columns_of(w, x);
    const float zeros = (float)((rows.end - rows.first) * (columns.end - columns.first)) * zero;
    const float factor = step * rounding.inverse_step / (float)(rows.counted * columns.counted);
    CK_EACH_VECTOR(c, n, w->channels) {
      vf sum = {0};  // of whole numbers, exact
      for (size_t i = rows.first; i < rows.end; i++) {
        const uint8_t *pixel = input + (i * w->width + columns.first) * stride + c;
        for (size_t j = columns.first; j < columns.end; j++, pixel += stride) sum += load_bytes(pixel, n);
      }
      store_bytes(output + c, rounded_bytes((sum - zeros) * factor, &rounding), n);
    }
  }
}

const ck_int8_kernels CK(int8) = {
    .quantize = CK(quantize),
    .quantize_row = CK(quantize_row),
    .dequantize = CK(dequantize),
    .scale_shift = CK(int8_scale_shift),
    .add = CK(int8_add),
    .max_pool_row = CK(int8_max_pool_row),
    .average_pool_row = CK(int8_average_pool_row),
};
