// What the codecs share; internal to this target.
#pragma once

#include <stdlib.h>

#include "cimage.h"

// The first member of each codec's own struct.
struct cimage_decoder {
  cimage_header header;
  cimage_status (*next_row)(cimage_decoder *, const uint8_t **row);
  void (*close)(cimage_decoder *);
  cimage_message message;
};

// Read the header of a whole encoded image. The decoder is set even on failure, for its message, unless
// memory ran out.
cimage_status cimage_open_png(const uint8_t *bytes, size_t count, size_t band_bytes,
                              cimage_decoder **decoder);
cimage_status cimage_open_jpeg(const uint8_t *bytes, size_t count, cimage_decoder **decoder);
cimage_status cimage_open_webp(const uint8_t *bytes, size_t count, size_t band_bytes,
                               cimage_decoder **decoder);
cimage_status cimage_open_tiff(const uint8_t *bytes, size_t count, cimage_decoder **decoder);

// The number of rows of `row_bytes` that fit into `band_bytes`: at least `minimum`, at most `height`.
static inline uint32_t cimage_band_rows(size_t band_bytes, size_t row_bytes, uint32_t minimum,
                                        uint32_t height) {
  size_t rows = band_bytes / row_bytes;
  if (rows < minimum) rows = minimum;
  return rows < height ? (uint32_t)rows : height;
}

static inline uint8_t cimage_clamp(int32_t value) {
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

// One CMYK pixel as Pillow converts it to RGB, with its way to divide by 255.
static inline void cimage_cmyk_to_rgb(const uint8_t cmyk[4], uint8_t rgb[3]) {
  int32_t light = 255 - cmyk[3];
  for (int c = 0; c < 3; c++) {
    uint32_t product = (uint32_t)cmyk[c] * (uint32_t)light + 128;
    rgb[c] = cimage_clamp(light - (int32_t)(((product >> 8) + product) >> 8));
  }
}
