#include <stdio.h>
#include <string.h>

#include <webp/decode.h>

#include "decoder.h"

// Rows on either side of a band that are decoded and discarded: chroma is interpolated between rows, and the
// first and last row of a crop lack a neighbor. Even, because crops start on even rows.
enum { MARGIN = 2 };

typedef struct {
  cimage_decoder base;
  const uint8_t *bytes;
  size_t count;
  uint32_t next;
  uint32_t band_first;
  uint32_t band_rows;
  uint8_t *band;      // including both margins
  uint8_t *band_row;  // row `band_first`
} decoder_webp;

static void close_webp(cimage_decoder *base) {
  decoder_webp *decoder = (decoder_webp *)base;
  free(decoder->band);
  free(decoder);
}

static cimage_status check(decoder_webp *decoder, VP8StatusCode code) {
  const char *words = "damaged";
  switch (code) {
    case VP8_STATUS_OK: return CIMAGE_OK;
    case VP8_STATUS_OUT_OF_MEMORY: words = "out of memory"; break;
    case VP8_STATUS_INVALID_PARAM: words = "invalid parameter"; break;
    case VP8_STATUS_BITSTREAM_ERROR: words = "damaged bitstream"; break;
    case VP8_STATUS_UNSUPPORTED_FEATURE: words = "unsupported feature"; break;
    case VP8_STATUS_USER_ABORT: words = "stopped by the user"; break;
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: words = "the file ends too early"; break;
  }
  snprintf(decoder->base.message.text, sizeof decoder->base.message.text, "%s", words);
  return code == VP8_STATUS_OUT_OF_MEMORY ? CIMAGE_OUT_OF_MEMORY : CIMAGE_CORRUPT;
}

static cimage_status read_band(decoder_webp *decoder) {
  uint32_t height = decoder->base.header.height;
  size_t row_bytes = (size_t)decoder->base.header.width * 3;
  uint32_t first = decoder->next;
  uint32_t end = height - first <= decoder->band_rows ? height : first + decoder->band_rows;
  uint32_t top = first >= MARGIN ? first - MARGIN : 0;
  uint32_t bottom = height - end >= MARGIN ? end + MARGIN : height;

  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return check(decoder, VP8_STATUS_INVALID_PARAM);
  if (top > 0 || bottom < height) {
    config.options.use_cropping = 1;
    config.options.crop_top = (int)top;
    config.options.crop_width = (int)decoder->base.header.width;
    config.options.crop_height = (int)(bottom - top);
  }
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = decoder->band;
  config.output.u.RGBA.stride = (int)row_bytes;
  config.output.u.RGBA.size = row_bytes * (bottom - top);
  decoder->band_first = first;
  decoder->band_row = decoder->band + row_bytes * (first - top);
  return check(decoder, WebPDecode(decoder->bytes, decoder->count, &config));
}

static cimage_status next_row_webp(cimage_decoder *base, const uint8_t **row) {
  decoder_webp *decoder = (decoder_webp *)base;
  size_t row_bytes = (size_t)decoder->base.header.width * 3;
  if (!decoder->band) {
    decoder->band = malloc(row_bytes * (decoder->band_rows + 2 * MARGIN));
    if (!decoder->band) return CIMAGE_OUT_OF_MEMORY;
  }
  if (decoder->next == 0 || decoder->next - decoder->band_first >= decoder->band_rows) {
    cimage_status status = read_band(decoder);
    if (status != CIMAGE_OK) return status;
  }
  *row = decoder->band_row + row_bytes * (decoder->next - decoder->band_first);
  decoder->next++;
  return CIMAGE_OK;
}

cimage_status cimage_open_webp(const uint8_t *bytes, size_t count, size_t band_bytes,
                               cimage_decoder **opened) {
  decoder_webp *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return CIMAGE_OUT_OF_MEMORY;
  decoder->base.next_row = next_row_webp;
  decoder->base.close = close_webp;
  decoder->bytes = bytes;
  decoder->count = count;
  *opened = &decoder->base;

  WebPBitstreamFeatures features;
  cimage_status status = check(decoder, WebPGetFeatures(bytes, count, &features));
  if (status != CIMAGE_OK) return status;
  if (features.width <= 0 || features.height <= 0) return check(decoder, VP8_STATUS_BITSTREAM_ERROR);
  cimage_header *header = &decoder->base.header;
  header->width = (uint32_t)features.width;
  header->height = (uint32_t)features.height;
  // Lossless coding refers back to any earlier pixel, so libwebp holds all of them.
  int lossless = features.format == 2;
  if (lossless) header->held_pixels = (uint64_t)header->width * header->height;
  size_t row_bytes = (size_t)header->width * 3;
  decoder->band_rows =
      lossless ? header->height : cimage_band_rows(band_bytes, row_bytes, 2, header->height) & ~1u;
  if (decoder->band_rows == 0) decoder->band_rows = 1;
  if (header->height - decoder->band_rows <= 1) decoder->band_rows = header->height;
  return CIMAGE_OK;
}
