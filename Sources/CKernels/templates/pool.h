// Pooling, one output row at a time, vectors along the channels.

CK_INLINE size_t clip(long value, size_t limit) {
  return value < 0 ? 0 : (size_t)value < limit ? (size_t)value : limit;
}

// The input rows or columns that one output sees, `end` exclusive, and how many of them average pooling counts.
typedef struct {
  size_t first, end, counted;
} CK(pool_reach);

CK_INLINE CK(pool_reach) reach_of(size_t output, size_t kernel, size_t stride, size_t padding, size_t input,
                                  size_t padded, int counts_padding) {
  const long first = (long)(output * stride) - (long)padding;
  const long end = first + (long)kernel;
  CK(pool_reach) reach = {clip(first, input), clip(end, input), 0};
  // In ceil mode the last window may extend beyond the padding; that part is not counted.
  const long last = (long)padded - (long)padding;
  reach.counted = counts_padding ? (size_t)((end < last ? end : last) - first) : reach.end - reach.first;
  return reach;
}

CK_INLINE CK(pool_reach) rows_of(const ck_pool_window *w, size_t y) {
  return reach_of(y, w->kernel_height, w->stride_height, w->padding_height, w->height, w->padded_height,
                  w->counts_padding);
}
CK_INLINE CK(pool_reach) columns_of(const ck_pool_window *w, size_t x) {
  return reach_of(x, w->kernel_width, w->stride_width, w->padding_width, w->width, w->padded_width,
                  w->counts_padding);
}

static void CK(max_pool_row)(const ck_pool_window *w, const void *input, size_t y, void *output) {
  const map_value *values = input;
  map_value *target = output;
  const size_t stride = w->input_stride;
  const CK(pool_reach) rows = rows_of(w, y);
  for (size_t x = 0; x < w->output_width; x++, target += w->output_stride) {
    const CK(pool_reach) columns = columns_of(w, x);
    CK_EACH_VECTOR(c, left, w->channels) {
      vf best = splat(-INFINITY);
      for (size_t i = rows.first; i < rows.end; i++) {
        const map_value *pixel = values + (i * w->width + columns.first) * stride + c;
        for (size_t j = columns.first; j < columns.end; j++, pixel += stride)
          best = larger(load_values(pixel, left), best);
      }
      store_values(target + c, best, left);
    }
  }
}

static void CK(average_pool_row)(const ck_pool_window *w, const void *input, size_t y, void *output) {
  const map_value *values = input;
  map_value *target = output;
  const size_t stride = w->input_stride;
  const CK(pool_reach) rows = rows_of(w, y);
  for (size_t x = 0; x < w->output_width; x++, target += w->output_stride) {
    const CK(pool_reach) columns = columns_of(w, x);
    const float divisor = (float)(rows.counted * columns.counted);
    CK_EACH_VECTOR(c, left, w->channels) {
      vf sum = {0};
      for (size_t i = rows.first; i < rows.end; i++) {
        const map_value *pixel = values + (i * w->width + columns.first) * stride + c;
        for (size_t j = columns.first; j < columns.end; j++, pixel += stride) sum += load_values(pixel, left);
      }
      store_values(target + c, sum / divisor, left);
    }
  }
}

static void CK(sum_pixels)(ck_pixels input, size_t pixels, size_t channels, float factor, float *output) {
  size_t c = 0;
  // Four sums side by side hide the latency of an addition.
  for (; c + 4 * CK_VECTOR <= channels; c += 4 * CK_VECTOR) {
    vf sum[4] = {{0}};
    for (size_t p = 0; p < pixels; p++)
      for (size_t v = 0; v < 4; v++) sum[v] += load_values(pixel_at(input, p) + c + v * CK_VECTOR, CK_VECTOR);
    for (size_t v = 0; v < 4; v++) store(output + c + v * CK_VECTOR, sum[v] * factor);
  }
  for (; c < channels; c += CK_VECTOR) {
    vf sum = {0};
    for (size_t p = 0; p < pixels; p++) sum += load_values(pixel_at(input, p) + c, channels - c);
    store_some(output + c, sum * factor, channels - c);
  }
}
