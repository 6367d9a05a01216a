#include "decoder.h"

static const int32_t half = 1 << (CIMAGE_WEIGHT_BITS - 1);

void cimage_resample_row(const uint8_t *row, uint8_t *output, size_t outputs, size_t channels,
                         const int32_t *first, const int32_t *counts, const int32_t *weights, size_t taps) {
  for (size_t i = 0; i < outputs; i++, weights += taps) {
    size_t count = (size_t)counts[i];
    const uint8_t *restrict pixels = row + (size_t)first[i] * channels;
    if (channels == 1) {
      int32_t sum = half;
      for (size_t k = 0; k < count; k++) sum += pixels[k] * weights[k];
      output[i] = cimage_clamp(sum >> CIMAGE_WEIGHT_BITS);
    } else {
      int32_t red = half, green = half, blue = half;
      for (size_t k = 0; k < count; k++) {
        int32_t weight = weights[k];
        red += pixels[3 * k] * weight;
        green += pixels[3 * k + 1] * weight;
        blue += pixels[3 * k + 2] * weight;
      }
      output[3 * i] = cimage_clamp(red >> CIMAGE_WEIGHT_BITS);
      output[3 * i + 1] = cimage_clamp(green >> CIMAGE_WEIGHT_BITS);
      output[3 * i + 2] = cimage_clamp(blue >> CIMAGE_WEIGHT_BITS);
    }
  }
}

void cimage_accumulate_row(const uint8_t *restrict row, int32_t weight, int32_t *restrict sums,
                           size_t count) {
  for (size_t i = 0; i < count; i++) sums[i] += row[i] * weight;
}

void cimage_start_sums(int32_t *sums, size_t count) {
  for (size_t i = 0; i < count; i++) sums[i] = half;
}

void cimage_clip_sums(const int32_t *restrict sums, uint8_t *restrict output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = cimage_clamp(sums[i] >> CIMAGE_WEIGHT_BITS);
}

void cimage_luma(const uint8_t *restrict rgb, uint8_t *restrict luma, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint8_t *pixel = rgb + 3 * i;
    luma[i] = (uint8_t)((pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16);
  }
}
