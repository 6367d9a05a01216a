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

// Vectors of channels that a window is reduced for together.
#define CK_POOLED 4

// Calls `body` with the first channel, the number of vectors and the channels of the last one: constants, but for the rest.
#define CK_EACH_POOLED(channels, body) \
  do { \
    size_t c = 0; \
    for (; c + CK_POOLED * CK_VECTOR <= (channels); c += CK_POOLED * CK_VECTOR) body(CK_POOLED, CK_VECTOR); \
    for (; c < (channels); c += CK_VECTOR) body(1, (channels)-c); \
  } while (0)

// The largest values of a window, from its first row and column on.
CK_INLINE void max_pool_window(const size_t vectors, const size_t left, const map_value *first, size_t height,
                               size_t width, size_t row_stride, size_t stride, map_value *target) {
  vf best[CK_POOLED];
  for (size_t v = 0; v < vectors; v++) best[v] = splat(-INFINITY);
  for (size_t i = 0; i < height; i++, first += row_stride) {
    const map_value *pixel = first;
    for (size_t j = 0; j < width; j++, pixel += stride)
      for (size_t v = 0; v < vectors; v++)
        best[v] = larger(load_values(pixel + v * CK_VECTOR, left), best[v]);
  }
  for (size_t v = 0; v < vectors; v++) store_values(target + v * CK_VECTOR, best[v], left);
}

// The sums of a window, divided.
CK_INLINE void average_pool_window(const size_t vectors, const size_t left, const map_value *first,
                                   size_t height, size_t width, size_t row_stride, size_t stride,
                                   float divisor, map_value *target) {
  vf sum[CK_POOLED] = {{0}};
  for (size_t i = 0; i < height; i++, first += row_stride) {
    const map_value *pixel = first;
    for (size_t j = 0; j < width; j++, pixel += stride)
      for (size_t v = 0; v < vectors; v++) sum[v] += load_values(pixel + v * CK_VECTOR, left);
  }
  for (size_t v = 0; v < vectors; v++) store_values(target + v * CK_VECTOR, sum[v] / divisor, left);
}

static void CK(max_pool_row)(const ck_pool_window *w, const void *input, size_t y, void *output) {
  map_value *target = output;
  const size_t stride = w->input_stride, row_stride = w->width * stride;
  const CK(pool_reach) rows = rows_of(w, y);
  const map_value *row = (const map_value *)input + rows.first * row_stride;
  for (size_t x = 0; x < w->output_width; x++, target += w->output_stride) {
    const CK(pool_reach) columns = columns_of(w, x);
    const map_value *first = row + columns.first * stride;
#define CK_BODY(vectors, left) \
  max_pool_window(vectors, left, first + c, rows.end - rows.first, columns.end - columns.first, row_stride, \
                  stride, target + c)
    CK_EACH_POOLED(w->channels, CK_BODY);
#undef CK_BODY
  }
}

static void CK(average_pool_row)(const ck_pool_window *w, const void *input, size_t y, void *output) {
  map_value *target = output;
  const size_t stride = w->input_stride, row_stride = w->width * stride;
  const CK(pool_reach) rows = rows_of(w, y);
  const map_value *row = (const map_value *)input + rows.first * row_stride;
  for (size_t x = 0; x < w->output_width; x++, target += w->output_stride) {
    const CK(pool_reach) columns = columns_of(w, x);
    const map_value *first = row + columns.first * stride;
    const float divisor = (float)(rows.counted * columns.counted);
#define CK_BODY(vectors, left) \
  average_pool_window(vectors, left, first + c, rows.end - rows.first, columns.end - columns.first, \
                      row_stride, stride, divisor, target + c)
    CK_EACH_POOLED(w->channels, CK_BODY);
#undef CK_BODY
  }
}
#undef CK_EACH_POOLED

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
