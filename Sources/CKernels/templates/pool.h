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
    size_t c = 0;
    for (; c + CK_VECTOR <= w->channels; c += CK_VECTOR) {
      vf best = splat(-INFINITY);
      for (size_t i = r.top; i < r.bottom; i++)
        for (size_t j = r.left; j < r.right; j++)
          best = larger(load(input + (i * w->width + j) * w->input_stride + c), best);
      store(output + c, best);
    }
    for (; c < w->channels; c++) {
      float best = -INFINITY;
      for (size_t i = r.top; i < r.bottom; i++)
        for (size_t j = r.left; j < r.right; j++) {
          const float v = input[(i * w->width + j) * w->input_stride + c];
          if (v > best || v != v) best = v;
        }
      output[c] = best;
    }
  }
}

static void CK(average_pool_row)(const ck_pool_window *w, const float *input, size_t y, float *output) {
  for (size_t x = 0; x < w->output_width; x++, output += w->output_stride) {
    const CK(pool_reach) r = reach_of(w, y, x);
    const float divisor = (float)r.counted;
    size_t c = 0;
    for (; c + CK_VECTOR <= w->channels; c += CK_VECTOR) {
      vf sum = {0};
      for (size_t i = r.top; i < r.bottom; i++)
        for (size_t j = r.left; j < r.right; j++) sum += load(input + (i * w->width + j) * w->input_stride + c);
      store(output + c, sum / divisor);
    }
    for (; c < w->channels; c++) {
      float sum = 0;
      for (size_t i = r.top; i < r.bottom; i++)
        for (size_t j = r.left; j < r.right; j++) sum += input[(i * w->width + j) * w->input_stride + c];
      output[c] = sum / divisor;
    }
  }
}

static void CK(sum_pixels)(const float *input, size_t stride, size_t pixels, size_t channels, float factor,
                           float *output) {
  size_t c = 0;
  for (; c + CK_VECTOR <= channels; c += CK_VECTOR) {
    vf sum = {0};
    for (size_t p = 0; p < pixels; p++) sum += load(input + p * stride + c);
    store(output + c, sum * factor);
  }
  for (; c < channels; c++) {
    float sum = 0;
    for (size_t p = 0; p < pixels; p++) sum += input[p * stride + c];
    output[c] = sum * factor;
  }
}
