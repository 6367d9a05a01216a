// The backward pass, vectors along the channels.

// `rows` and `vectors` are constants at every call, which unrolls the loops over them.
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

static void CK(gather)(ck_pixels from, size_t pixels, size_t columns, size_t width, float *output) {
  const float *input = from.first;
  const size_t stride = from.stride;
  if (columns == width && width % CK_VECTOR == 0) {
    for (size_t p = 0; p < pixels; p++, input += stride, output += width)
      for (size_t c = 0; c < width; c += CK_VECTOR) store(output + c, load(input + c));
    return;
  }
  // Whole vectors are read and written beyond the end of a pixel, as long as later pixels follow there.
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

static void CK(batch_statistics)(ck_pixels input, size_t pixels, size_t channels, float *mean,
                                 float *deviation) {
  CK_EACH_VECTOR(c, n, channels) {
    vf sum = {0}, squares = {0};
    for (size_t p = 0; p < pixels; p++) sum += load_some(pixel_at(input, p) + c, n);
    const vf center = sum / splat((float)pixels);
    for (size_t p = 0; p < pixels; p++) {
      const vf d = load_some(pixel_at(input, p) + c, n) - center;
      squares += d * d;
    }
    store_some(mean + c, center, n);
    store_some(deviation + c, squares, n);
  }
}

// The gradient in front of the activation behind a norm. The activation's input z is computed again.
CK_INLINE vf before_activation(vf gradient, vf input, vf scale, vf shift, const ck_activation a) {
  const vf z = input * scale + shift;
  return activation_gradient(gradient, takes_input(a) ? z : activate(z, a), a);
}

CK_INLINE void norm_sums_body(ck_pixels gradient, ck_pixels input, ck_batch_norm norm, size_t pixels,
                              size_t channels, const ck_activation a, float *sum, float *product) {
  CK_EACH_VECTOR(c, n, channels) {
    const vf mean = load_some(norm.mean + c, n);
    const vf scale = load_some(norm.scale + c, n), shift = load_some(norm.shift + c, n);
    vf first = {0}, second = {0};
    for (size_t p = 0; p < pixels; p++) {
      const vf x = load_some(pixel_at(input, p) + c, n);
      const vf g = before_activation(load_some(pixel_at(gradient, p) + c, n), x, scale, shift, a);
      first += g;
      second += g * (x - mean);
    }
    store_some(sum + c, first, n);
    store_some(product + c, second * load_some(norm.inverse + c, n), n);
  }
}

static void CK(norm_sums)(ck_pixels gradient, ck_pixels input, ck_batch_norm norm, size_t pixels,
                          size_t channels, ck_activation activation, float *sum, float *product) {
#define CK_BODY(a) norm_sums_body(gradient, input, norm, pixels, channels, a, sum, product)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

CK_INLINE void norm_gradient_body(ck_pixels gradient, ck_pixels input, ck_batch_norm norm,
                                  const float *mean_gradient, const float *mean_product, size_t pixels,
                                  size_t channels, const ck_activation a, int accumulates,
                                  ck_output_pixels target) {
  for (size_t p = 0; p < pixels; p++) {
    const float *in = pixel_at(input, p), *from = pixel_at(gradient, p);
    float *to = output_pixel_at(target, p);
    CK_EACH_VECTOR(c, n, channels) {
      const vf x = load_some(in + c, n), scale = load_some(norm.scale + c, n);
      const vf g = before_activation(load_some(from + c, n), x, scale, load_some(norm.shift + c, n), a);
      vf y = scale * (g - load_some(mean_gradient + c, n) -
                      (x - load_some(norm.mean + c, n)) * load_some(mean_product + c, n));
      if (accumulates) y += load_some(to + c, n);
      store_some(to + c, y, n);
    }
  }
}

static void CK(norm_gradient)(ck_pixels gradient, ck_pixels input, ck_batch_norm norm,
                              const float *mean_gradient, const float *mean_product, size_t pixels,
                              size_t channels, ck_activation activation, int accumulates,
                              ck_output_pixels target) {
#define CK_BODY(a) \
  norm_gradient_body(gradient, input, norm, mean_gradient, mean_product, pixels, channels, a, accumulates, \
                     target)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

CK_INLINE void activation_gradient_body(ck_pixels results, ck_pixels gradient, size_t pixels, size_t channels,
                                        const ck_activation a, int accumulates, ck_output_pixels target) {
  for (size_t p = 0; p < pixels; p++) {
    const float *value = pixel_at(results, p), *from = pixel_at(gradient, p);
    float *to = output_pixel_at(target, p);
    CK_EACH_VECTOR(c, n, channels) {
      vf y = activation_gradient(load_some(from + c, n), load_some(value + c, n), a);
      if (accumulates) y += load_some(to + c, n);
      store_some(to + c, y, n);
    }
  }
}

static void CK(activation_gradient)(ck_pixels results, ck_pixels gradient, size_t pixels, size_t channels,
                                    ck_activation activation, int accumulates, ck_output_pixels target) {
#define CK_BODY(a) activation_gradient_body(results, gradient, pixels, channels, a, accumulates, target)
  CK_BY_ACTIVATION(activation, CK_BODY)
#undef CK_BODY
}

static void CK(scaled_add)(ck_pixels input, float factor, size_t pixels, size_t channels, int accumulates,
                           ck_output_pixels target) {
  const vf f = splat(factor);
  for (size_t p = 0; p < pixels; p++) {
    const float *from = pixel_at(input, p);
    float *to = output_pixel_at(target, p);
    CK_EACH_VECTOR(c, n, channels) {
      vf y = f * load_some(from + c, n);
      if (accumulates) y += load_some(to + c, n);
      store_some(to + c, y, n);
    }
  }
}

static void CK(sum_products)(ck_pixels left, ck_pixels right, size_t pixels, size_t channels, float *output) {
  size_t c = 0;
  for (; c + 4 * CK_VECTOR <= channels; c += 4 * CK_VECTOR) {
    vf sum[4] = {{0}};
    for (size_t p = 0; p < pixels; p++) {
      const float *a = pixel_at(left, p) + c, *b = pixel_at(right, p) + c;
      for (size_t v = 0; v < 4; v++) sum[v] += load(a + v * CK_VECTOR) * load(b + v * CK_VECTOR);
    }
    for (size_t v = 0; v < 4; v++) store(output + c + v * CK_VECTOR, sum[v]);
  }
  for (; c < channels; c += CK_VECTOR) {
    const size_t n = channels - c;
    vf sum = {0};
    for (size_t p = 0; p < pixels; p++)
      sum += load_some(pixel_at(left, p) + c, n) * load_some(pixel_at(right, p) + c, n);
    store_some(output + c, sum, n);
  }
}

// With y = (x - mean) * inverse and h = gradient * scale, the gradient of x is
//   inverse * (h - mean of h - y * mean of h y), the means over the channels of the pixel.
static void CK(layer_norm_gradient)(ck_pixels input, ck_pixels gradient, size_t pixels, size_t channels,
                                    ck_layer_norm norm, int accumulates, ck_output_pixels target,
                                    float *products, float *sums) {
  CK_EACH_VECTOR(c, n, channels) {
    store_some(products + c, (vf){0}, n);
    store_some(sums + c, (vf){0}, n);
  }
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(input, p), *g = pixel_at(gradient, p);
    const CK(pixel_statistics) s = pixel_statistics(x, channels, norm.epsilon);
    vf first = {0}, second = {0};
    CK_EACH_VECTOR(c, n, channels) {
      const vf y = (load_some(x + c, n) - s.mean) * s.inverse, slope = load_some(g + c, n);
      store_some(products + c, load_some(products + c, n) + slope * y, n);
      store_some(sums + c, load_some(sums + c, n) + slope, n);
      const vf h = slope * load_some(norm.scale + c, n);
      first += h;
      second += h * y;
    }
    if (!target.first) continue;
    const float mean = sum_lanes(first) / (float)channels, product = sum_lanes(second) / (float)channels;
    float *to = output_pixel_at(target, p);
    CK_EACH_VECTOR(c, n, channels) {
      const vf y = (load_some(x + c, n) - s.mean) * s.inverse;
      vf d = s.inverse * (load_some(g + c, n) * load_some(norm.scale + c, n) - mean - y * product);
      if (accumulates) d += load_some(to + c, n);
      store_some(to + c, d, n);
    }
  }
}

static void CK(deinterleave)(ck_pixels input, size_t pixels, size_t channels, int accumulates,
                             const ck_output_pixels *part, size_t parts) {
  for (size_t p = 0; p < pixels; p++) {
    const float *from = pixel_at(input, p);
    size_t c = 0;
    if (parts == 2) {
      float *a = output_pixel_at(part[0], p), *b = output_pixel_at(part[1], p);
      for (; c + CK_VECTOR <= channels; c += CK_VECTOR) {
        const vf low = load(from + 2 * c), high = load(from + 2 * c + CK_VECTOR);
        const vf even = even_lanes(low, high), odd = odd_lanes(low, high);
        store(a + c, accumulates ? load(a + c) + even : even);
        store(b + c, accumulates ? load(b + c) + odd : odd);
      }
    }
    for (size_t i = 0; i < parts; i++) {
      float *to = output_pixel_at(part[i], p);
      for (size_t k = c; k < channels; k++)
        to[k] = accumulates ? to[k] + from[k * parts + i] : from[k * parts + i];
    }
  }
}

static void CK(max_pool_gradient)(const ck_pool_window *w, size_t output_height, const float *input,
                                  const float *output, ck_pixels gradient, ck_output_pixels target) {
  for (size_t y = 0; y < output_height; y++) {
    const CK(pool_reach) rows = rows_of(w, y);
    for (size_t x = 0; x < w->output_width; x++, output += w->output_stride) {
      const CK(pool_reach) columns = columns_of(w, x);
      const float *arriving = pixel_at(gradient, y * w->output_width + x);
      CK_EACH_VECTOR(c, n, w->channels) {
        const vf best = load_some(output + c, n);
        vf rest = load_some(arriving + c, n);  // zero once the gradient is placed
        for (size_t i = rows.first; i < rows.end; i++)
          for (size_t j = columns.first; j < columns.end; j++) {
            const vi here = load_some(input + (i * w->width + j) * w->input_stride + c, n) == best;
            float *place = output_pixel_at(target, i * w->width + j) + c;
            store_some(place, load_some(place, n) + choose(here, rest, (vf){0}), n);
            rest = choose(here, (vf){0}, rest);
          }
      }
    }
  }
}

static void CK(average_pool_gradient)(const ck_pool_window *w, size_t output_height, ck_pixels gradient,
                                      ck_output_pixels target) {
  for (size_t y = 0; y < output_height; y++) {
    const CK(pool_reach) rows = rows_of(w, y);
    for (size_t x = 0; x < w->output_width; x++) {
      const CK(pool_reach) columns = columns_of(w, x);
      const float *arriving = pixel_at(gradient, y * w->output_width + x);
      const vf divisor = splat((float)(rows.counted * columns.counted));
      CK_EACH_VECTOR(c, n, w->channels) {
        const vf share = load_some(arriving + c, n) / divisor;
        for (size_t i = rows.first; i < rows.end; i++)
          for (size_t j = columns.first; j < columns.end; j++) {
            float *place = output_pixel_at(target, i * w->width + j) + c;
            store_some(place, load_some(place, n) + share, n);
          }
      }
    }
  }
}

// With s = bias + alpha / size * sum of squares, output = input * s ^ -beta, so that
//   d/dx[c] = g[c] s[c]^-beta - 2 alpha beta / size * x[c] * sum over the outputs j that c is a neighbor of
//             of g[j] x[j] s[j]^(-beta - 1).
static void CK(response_norm_gradient)(ck_pixels input, ck_pixels gradient, size_t pixels, size_t channels,
                                       ck_response_norm norm, int accumulates, float *scratch,
                                       ck_output_pixels target) {
  const size_t before = norm.size / 2, after = norm.size - before;
  const float factor = norm.alpha / (float)norm.size;
  float *power = scratch, *term = scratch + channels;
  for (size_t p = 0; p < pixels; p++) {
    const float *x = pixel_at(input, p), *g = pixel_at(gradient, p);
    float *to = output_pixel_at(target, p);
    for (size_t c = 0; c < channels; c++) {
      const size_t first = c < before ? 0 : c - before;
      const size_t last = c + after < channels ? c + after : channels;
      float sum = 0;
      for (size_t i = first; i < last; i++) sum += x[i] * x[i];
      const float s = norm.bias + factor * sum;
      power[c] = inverse_power(splat(s), norm.beta)[0];
      term[c] = g[c] * x[c] * power[c] / s;
    }
    for (size_t c = 0; c < channels; c++) {
      const size_t first = c + 1 < after ? 0 : c + 1 - after;
      const size_t last = c + before + 1 < channels ? c + before + 1 : channels;
      float sum = 0;
      for (size_t j = first; j < last; j++) sum += term[j];
      const float y = g[c] * power[c] - 2 * factor * norm.beta * x[c] * sum;
      to[c] = accumulates ? to[c] + y : y;
    }
  }
}

static const ck_training_kernels CK(training) = {
    .outer_tile = CK(outer_tile),
    .depthwise_gradient_row = CK(depthwise_gradient_row),
    .depthwise_input_gradient_row = CK(depthwise_input_gradient_row),
    .gather = CK(gather),
    .winograd_gradient = CK(winograd_gradient),
    .winograd_weight_results = CK(winograd_weight_results),
    .batch_statistics = CK(batch_statistics),
    .norm_sums = CK(norm_sums),
    .norm_gradient = CK(norm_gradient),
    .activation_gradient = CK(activation_gradient),
    .sum_products = CK(sum_products),
    .layer_norm_gradient = CK(layer_norm_gradient),
    .deinterleave = CK(deinterleave),
    .scaled_add = CK(scaled_add),
    .max_pool_gradient = CK(max_pool_gradient),
    .average_pool_gradient = CK(average_pool_gradient),
    .response_norm_gradient = CK(response_norm_gradient),
};
