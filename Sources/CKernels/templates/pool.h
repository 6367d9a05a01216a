// Pooling, one output row at a time, vectors along the channels.

// The part of a window that lies inside the picture.
typedef struct {
  size_t top, bottom, left, right;  // input rows and columns, end exclusive
  size_t counted;                   // elements that average pooling divides by
} CK(pool_reach);

CK_INLINE size_t clip(long value, size_t limit) { return value < 0 ? 0 : (size_t)value < limit ? (size_t)value : limit; }

CK_INLINE CK(pool_reach) reach_of(const ck_pool_window *w, size_t y, size_t x) {
  const long top = (long)(y * w->stride_height) - (long)w->padding_height;
  const long left = (long)(x * w->stride_width) - (long)w->padding_width;
  const long bottom = top + (long)w->kernel_height, right = left + (long)w->kernel_width;
  CK(pool_reach) r = {clip(top, w->height), clip(bottom, w->height), clip(left, w->width), clip(right, w->width), 0};
  if (w->counts_padding) {
    // The last window of ceil mode may reach past the padding; that part is not counted.
    const long end_y = (long)w->padded_height - (long)w->padding_height;
    const long end_x = (long)w->padded_width - (long)w->padding_width;
    r.counted = (size_t)(((bottom < end_y ? bottom : end_y) - top) * ((right < end_x ? right : end_x) - left));
  } else {
    r.counted = (r.bottom - r.top) * (r.right - r.left);
  }
  return r;
}

static void CK(max_pool_row)(const ck_pool_window *w, const float *input, size_t y, float *output) {
  for (size_t x = 0; x < w->output_width; x++, output += w->output_stride) {
    const CK(pool_reach) r = reach_of(w, y, x);
    CK_EACH_VECTOR(c, left, w->channels) {
      vf best = splat(-INFINITY);
      for (size_t i = r.top; i < r.bottom; i++)
        for (size_t j = r.left; j < r.right; j++)
          best = larger(load_some(input + (i * w->width + j) * w->input_stride + c, left), best);
      store_some(output + c, best, left);
    }
  }
}

static void CK(average_pool_row)(const ck_pool_window *w, const float *input, size_t y, float *output) {
  for (size_t x = 0; x < w->output_width; x++, output += w->output_stride) {
    const CK(pool_reach) r = reach_of(w, y, x);
    const float divisor = (float)r.counted;
    CK_EACH_VECTOR(c, left, w->channels) {
      vf sum = {0};
      for (size_t i = r.top; i < r.bottom; i++)
        for (size_t j = r.left; j < r.right; j++)
          sum += load_some(input + (i * w->width + j) * w->input_stride + c, left);
      store_some(output + c, sum / divisor, left);
    }
  }
}

static void CK(sum_pixels)(const float *input, size_t stride, size_t pixels, size_t channels, float factor,
                           float *output) {
  CK_EACH_VECTOR(c, left, channels) {
    vf sum = {0};
    for (size_t p = 0; p < pixels; p++) sum += load_some(input + p * stride + c, left);
    store_some(output + c, sum * factor, left);
  }
}
