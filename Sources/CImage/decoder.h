// What the three codecs share; internal to this target.
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
