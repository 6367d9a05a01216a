// The backward pass: vectors along the channels, the last one of a pixel cut to what is there.

// `rows` and `vectors` are constants at every call, so the loops over them vanish.
CK_INLINE void outer_body(const size_t rows, const size_t vectors, const ck_outer_tile *t) {
  vf sum[CK_ROWS][2];
#pragma clang loop unroll(full)
  for (size_t m = 0; m < rows; m++) sum[m][0] = sum[m][1] = (vf){0};
  const float *left = t->left;
  const size_t step = t->right_pixel;
  for (size_t image = 0; image < t->images; image++) {
    for (size_t y = 0; y < t->height; y++) {
      const float *right = t->right + image * t->right_image + y * t->right_row;
#pragma clang loop unroll(disable)
      for (size_t x = 0; x < t->width; x++, left += t->left_pixel, right += step) {
        vf b0 = load(right);
        vf b1 = vectors > 1 ? load(right + CK_VECTOR) : b0;
#pragma clang loop unroll(full)
        for (size_t m = 0; m < rows; m++) {
          vf a = splat(left[m]);
          sum[m][0] += a * b0;
          if (vectors > 1) sum[m][1] += a * b1;
        }
      }
    }
  }
#pragma clang loop unroll(full)
  for (size_t m = 0; m < rows; m++) {
    float *output = t->output + m * t->output_stride;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
      if (v * CK_VECTOR >= t->columns) break;
      const size_t left_over = t->columns - v * CK_VECTOR;
      const size_t n = left_over < CK_VECTOR ? left_over : CK_VECTOR;
      vf y = sum[m][v];
      if (t->accumulates) y += load_some(output + v * CK_VECTOR, n);
      store_some(output + v * CK_VECTOR, y, n);
    }
  }
}

#define CK_CASE(n) \
  case n: \
    if (wide) outer_body(n, 2, t); \
    else outer_body(n, 1, t); \
    break;

static void CK(outer_tile)(size_t rows, int wide, const ck_outer_tile *t) {
  switch (rows) {
    CK_CASE(1)
    CK_CASE(2)
    CK_CASE(3)
    CK_CASE(4)
    CK_CASE(5)
    CK_CASE(6)
#if CK_ROWS >= 8
    CK_CASE(7)
    CK_CASE(8)
#endif
#if CK_ROWS >= 12
    CK_CASE(9)
    CK_CASE(10)
    CK_CASE(11)
    CK_CASE(12)
#endif
  }
}
#undef CK_CASE

static void CK(gather)(const float *input, size_t stride, size_t pixels, size_t columns, size_t width,
                       float *output) {
  if (columns == width && width % CK_VECTOR == 0) {
    for (size_t p = 0; p < pixels; p++, input += stride, output += width)
      for (size_t c = 0; c < width; c += CK_VECTOR) store(output + c, load(input + c));
    return;
  }
  // Whole vectors are read and written past the end of a pixel, as long as later pixels lie there.
  const size_t step = stride < width ? stride : width;
  const size_t reach = width < CK_VECTOR ? CK_VECTOR : width;
  const size_t careful = step ? reach / step + 1 : pixels;
  size_t p = 0;
  if (width <= 2 * CK_VECTOR && (width % CK_VECTOR == 0 || width == columns)) {
    vi lane;
    for (int i = 0; i < CK_VECTOR; i++) lane[i] = i;
    for (; p + careful < pixels; p++, input += stride, output += width)
      for (size_t c = 0; c < width; c += CK_VECTOR)
        store(output + c, choose(lane + (int)c < (int)columns, load(input + c), (vf){0}));
  }
  for (; p < pixels; p++, input += stride, output += width) {
    size_t c = 0;
    for (; c < columns; c++) output[c] = input[c];
    for (; c < width; c++) output[c] = 0;
  }
}

static void CK(moments)(const float *input, size_t stride, size_t pixels, size_t channels, float *mean,
                        float *deviation) {
  CK_EACH_VECTOR(c, n, channels) {
    vf sum = {0}, squares = {0};
    for (size_t p = 0; p < pixels; p++) sum += load_some(input + p * stride + c, n);
    const vf center = sum / splat((float)pixels);
    for (size_t p = 0; p < pixels; p++) {
      const vf d = load_some(input + p * stride + c, n) - center;
      squares += d * d;
    }
    store_some(mean + c, center, n);
    store_some(deviation + c, squares, n);
  }
}

// The gradient in front of the activation behind a norm, from its input, which is computed again.
CK_INLINE vf before_activation(vf gradient, vf input, vf scale, vf shift, const ck_activation a) {
  const vf z = input * scale + shift;
  return activation_gradient(gradient, a.kind == CK_RELU ? z : activate(z, a), a);
}

CK_INLINE void norm_sums_body(const float *gradient, size_t gradient_stride, const float *input,
                              size_t input_stride, const float *mean, const float *inverse,
                              const float *scale, const float *shift, size_t pixels, size_t channels,
                              const ck_activation a, float *sum, float *product) {
  CK_EACH_VECTOR(c, n, channels) {
    const vf center = load_some(mean + c, n), gain = load_some(scale + c, n),
             offset = load_some(shift + c, n);
    vf first = {0}, second = {0};
    for (size_t p = 0; p < pixels; p++) {
      const vf x = load_some(input + p * input_stride + c, n);
      const vf g = before_activation(load_some(gradient + p * gradient_stride + c, n), x, gain, offset, a);
      first += g;
      second += g * (x - center);
    }
    store_some(sum + c, first, n);
    store_some(product + c, second * load_some(inverse + c, n), n);
  }
}

static void CK(norm_sums)(const float *gradient, size_t gradient_stride, const float *input,
                          size_t input_stride, const float *mean, const float *inverse, const float *scale,
                          const float *shift, size_t pixels, size_t channels, ck_activation activation,
                          float *sum, float *product){
#define CK_BODY(a) \
  norm_sums_body(gradient, gradient_stride, input, input_stride, mean, inverse, scale, shift, pixels, \
                 channels, a, sum, product)
    CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

CK_INLINE
    void norm_gradient_body(const float *gradient, size_t gradient_stride, const float *input,
                            size_t input_stride, const float *mean, const float *scale, const float *shift,
                            const float *first, const float *second, size_t pixels, size_t channels,
                            const ck_activation a, int accumulates, float *output, size_t output_stride) {
  for (size_t p = 0; p < pixels; p++) {
    CK_EACH_VECTOR(c, n, channels) {
      const vf x = load_some(input + c, n), gain = load_some(scale + c, n);
      const vf g = before_activation(load_some(gradient + c, n), x, gain, load_some(shift + c, n), a);
      vf y = gain * (g - load_some(first + c, n) - (x - load_some(mean + c, n)) * load_some(second + c, n));
      if (accumulates) y += load_some(output + c, n);
      store_some(output + c, y, n);
    }
    gradient += gradient_stride;
    input += input_stride;
    output += output_stride;
  }
}

static void CK(norm_gradient)(const float *gradient, size_t gradient_stride, const float *input,
                              size_t input_stride, const float *mean, const float *scale, const float *shift,
                              const float *first, const float *second, size_t pixels, size_t channels,
                              ck_activation activation, int accumulates, float *output, size_t output_stride){
#define CK_BODY(a) \
  norm_gradient_body(gradient, gradient_stride, input, input_stride, mean, scale, shift, first, second, \
                     pixels, channels, a, accumulates, output, output_stride)
    CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

CK_INLINE void activation_gradient_body(const float *result, size_t result_stride, const float *gradient,
                                        size_t gradient_stride, size_t pixels, size_t channels,
                                        const ck_activation a, int accumulates, float *target,
                                        size_t target_stride) {
  for (size_t p = 0; p < pixels; p++) {
    CK_EACH_VECTOR(c, n, channels) {
      vf y = activation_gradient(load_some(gradient + c, n), load_some(result + c, n), a);
      if (accumulates) y += load_some(target + c, n);
      store_some(target + c, y, n);
    }
    result += result_stride;
    gradient += gradient_stride;
    target += target_stride;
  }
}

static void CK(activation_gradient)(const float *result, size_t result_stride, const float *gradient,
                                    size_t gradient_stride, size_t pixels, size_t channels,
                                    ck_activation activation, int accumulates, float *target,
                                    size_t target_stride) {
#define CK_BODY(a) \
  activation_gradient_body(result, result_stride, gradient, gradient_stride, pixels, channels, a, \
                           accumulates, target, target_stride)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

static void CK(scaled_add)(const float *input, size_t input_stride, float factor, size_t pixels,
                           size_t channels, int accumulates, float *target, size_t target_stride) {
  const vf f = splat(factor);
  for (size_t p = 0; p < pixels; p++, input += input_stride, target += target_stride) {
    CK_EACH_VECTOR(c, n, channels) {
      vf y = f * load_some(input + c, n);
      if (accumulates) y += load_some(target + c, n);
      store_some(target + c, y, n);
    }
  }
}

static void CK(max_pool_gradient)(const ck_pool_window *w, size_t output_height, const float *input,
                                  const float *output, const float *gradient, size_t gradient_stride,
                                  float *target, size_t target_stride) {
  for (size_t y = 0; y < output_height; y++) {
    const CK(pool_reach) rows = rows_of(w, y);
    for (size_t x = 0; x < w->output_width; x++, output += w->output_stride, gradient += gradient_stride) {
      const CK(pool_reach) columns = columns_of(w, x);
      CK_EACH_VECTOR(c, n, w->channels) {
        const vf best = load_some(output + c, n);
        vf left = load_some(gradient + c, n);  // what has not found its place yet
        for (size_t i = rows.first; i < rows.end; i++)
          for (size_t j = columns.first; j < columns.end; j++) {
            const vi here = load_some(input + (i * w->width + j) * w->input_stride + c, n) == best;
            float *place = target + (i * w->width + j) * target_stride + c;
            store_some(place, load_some(place, n) + choose(here, left, (vf){0}), n);
            left = choose(here, (vf){0}, left);
          }
      }
    }
  }
}

static void CK(average_pool_gradient)(const ck_pool_window *w, size_t output_height, const float *gradient,
                                      size_t gradient_stride, float *target, size_t target_stride) {
  for (size_t y = 0; y < output_height; y++) {
    const CK(pool_reach) rows = rows_of(w, y);
    for (size_t x = 0; x < w->output_width; x++, gradient += gradient_stride) {
      const CK(pool_reach) columns = columns_of(w, x);
      const vf divisor = splat((float)(rows.counted * columns.counted));
      CK_EACH_VECTOR(c, n, w->channels) {
        const vf share = load_some(gradient + c, n) / divisor;
        for (size_t i = rows.first; i < rows.end; i++)
          for (size_t j = columns.first; j < columns.end; j++) {
            float *place = target + (i * w->width + j) * target_stride + c;
            store_some(place, load_some(place, n) + share, n);
          }
      }
    }
  }
}

// With s = bias + alpha / size * sum of squares, output = input * s ^ -beta, so that
//   d/dx[c] = g[c] s[c]^-beta - 2 alpha beta / size * x[c] * sum over the outputs j that c is a neighbor of
//             of g[j] x[j] s[j]^(-beta - 1).
static void CK(response_norm_gradient)(const float *input, size_t input_stride, const float *gradient,
                                       size_t gradient_stride, size_t pixels, size_t channels, size_t size,
                                       float alpha, float beta, float bias, int accumulates, float *scratch,
                                       float *target, size_t target_stride) {
  const size_t before = size / 2, after = size - before;
  const float factor = alpha / (float)size;
  float *power = scratch, *term = scratch + channels;
  for (size_t p = 0; p < pixels; p++) {
    for (size_t c = 0; c < channels; c++) {
      const size_t first = c < before ? 0 : c - before;
      const size_t last = c + after < channels ? c + after : channels;
      float sum = 0;
      for (size_t i = first; i < last; i++) sum += input[i] * input[i];
      const float s = bias + factor * sum;
      power[c] = inverse_power(splat(s), beta)[0];
      term[c] = gradient[c] * input[c] * power[c] / s;
    }
    for (size_t c = 0; c < channels; c++) {
      const size_t first = c + 1 < after ? 0 : c + 1 - after;
      const size_t last = c + before + 1 < channels ? c + before + 1 : channels;
      float sum = 0;
      for (size_t j = first; j < last; j++) sum += term[j];
      const float y = gradient[c] * power[c] - 2 * factor * beta * input[c] * sum;
      target[c] = accumulates ? target[c] + y : y;
    }
    input += input_stride;
    gradient += gradient_stride;
    target += target_stride;
  }
}

static const ck_training_kernels CK(training) = {
    .outer_tile = CK(outer_tile),
    .gather = CK(gather),
    .winograd_gradient = CK(winograd_gradient),
    .winograd_weight_results = CK(winograd_weight_results),
    .moments = CK(moments),
    .norm_sums = CK(norm_sums),
    .norm_gradient = CK(norm_gradient),
    .activation_gradient = CK(activation_gradient),
    .scaled_add = CK(scaled_add),
    .max_pool_gradient = CK(max_pool_gradient),
    .average_pool_gradient = CK(average_pool_gradient),
    .response_norm_gradient = CK(response_norm_gradient),
};
