#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "decoder.h"

typedef struct {
  cimage_decoder base;
  const uint8_t *bytes;
  size_t count;
  size_t position;
  size_t past_end;  // bytes of `end_of_file` that have been read
  size_t band_bytes;
  png_structp png;
  png_infop info;
  int interlaced;
  // 16-bit gray is narrowed only when a row is returned: see `narrow`.
  int gray16;
  size_t row_bytes;
  uint32_t next;        // the row that is returned next
  uint32_t band_first;  // first row in `band`
  uint32_t band_rows;
  uint8_t *band;
  uint8_t *scratch;  // a row outside the band
  uint8_t *narrowed;
} decoder_png;

static void fail(png_structp png, png_const_charp text) {
  decoder_png *decoder = png_get_error_ptr(png);
  snprintf(decoder->base.message.text, sizeof decoder->base.message.text, "%s", text);
  longjmp(png_jmpbuf(png), 1);
}

// libpng's warnings are about data that pixels do not depend on, such as a palette in a grayscale image.
static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

// What libpng reads after the caller's bytes: the checksum of the last IDAT chunk, which it ignores, and an IEND
// chunk. So a damaged end does not matter, and libpng notices if rows are missing.
static const uint8_t end_of_file[16] = {0, 0, 0, 0, 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  decoder_png *decoder = png_get_io_ptr(png);
  if (count <= decoder->count - decoder->position) {
    memcpy(target, decoder->bytes + decoder->position, count);
    decoder->position += count;
    return;
  }
  size_t past = decoder->past_end;
  if (decoder->position < decoder->count || count > sizeof end_of_file - past)
    png_error(png, "the file ends too early");
  memcpy(target, end_of_file + past, count);
  decoder->past_end += count;
}

static void end(decoder_png *decoder) {
  if (decoder->png) png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
}

static void close_png(cimage_decoder *base) {
  decoder_png *decoder = (decoder_png *)base;
  end(decoder);
  free(decoder->band);
  free(decoder->scratch);
  free(decoder->narrowed);
  free(decoder);
}

// Starts, or starts over, at the beginning of the file and reads up to the first pixel.
static cimage_status begin(decoder_png *decoder) {
  end(decoder);
  decoder->position = 0;
  decoder->past_end = 0;
  decoder->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, fail, ignore);
  if (!decoder->png) return CIMAGE_OUT_OF_MEMORY;
  decoder->info = png_create_info_struct(decoder->png);
  if (!decoder->info) return CIMAGE_OUT_OF_MEMORY;
  png_structp png = decoder->png;
  png_infop info = decoder->info;
  if (setjmp(png_jmpbuf(png))) return CIMAGE_CORRUPT;
  png_set_read_fn(png, decoder, read_bytes);
  png_set_benign_errors(png, 1);
  // The caller has verified the checksums.
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  // Some encoders declare a smaller window than their data need.
  png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
  // Chunks that do not affect pixels are skipped: the odd color profiles that many tools write are no reason
  // to refuse an image.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep) "tRNS\0", 1);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(png, info);

  decoder->base.header.width = png_get_image_width(png, info);
  decoder->base.header.height = png_get_image_height(png, info);
  decoder->interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  int color = png_get_color_type(png, info);
  int depth = png_get_bit_depth(png, info);
  decoder->gray16 = color == PNG_COLOR_TYPE_GRAY && depth == 16;
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (color & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png);
  if (!decoder->gray16) {
    if (depth == 16) png_set_strip_16(png);
    if (!(color & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  }
  return CIMAGE_OK;
}

// Allocates the row buffers.
static cimage_status start_rows(decoder_png *decoder) {
  uint32_t width = decoder->base.header.width, height = decoder->base.header.height;
  decoder->row_bytes = (size_t)width * (decoder->gray16 ? 2 : 3);
  decoder->band_rows =
      decoder->interlaced ? cimage_band_rows(decoder->band_bytes, decoder->row_bytes, 1, height) : 1;
  decoder->band = malloc(decoder->row_bytes * decoder->band_rows);
  decoder->scratch = malloc(decoder->row_bytes);
  decoder->narrowed = malloc(decoder->gray16 ? (size_t)width * 3 : 1);
  if (!decoder->band || !decoder->scratch || !decoder->narrowed) return CIMAGE_OUT_OF_MEMORY;
  return CIMAGE_OK;
}

// libpng derives the row size from the transformations; it must be the one that `start_rows` allocated.
static void update(decoder_png *decoder) {
  png_read_update_info(decoder->png, decoder->info);
  if (png_get_rowbytes(decoder->png, decoder->info) != decoder->row_bytes)
    png_error(decoder->png, "unexpected row size");
}

static cimage_status read_single_row(decoder_png *decoder) {
  if (setjmp(png_jmpbuf(decoder->png))) return CIMAGE_CORRUPT;
  if (decoder->next == 0) update(decoder);
  png_read_row(decoder->png, decoder->band, NULL);
  decoder->band_first = decoder->next;
  return CIMAGE_OK;
}

// An interlaced image is spread over seven passes over all rows: decode all of it, but store only one band.
static cimage_status read_interlaced_band(decoder_png *decoder) {
  uint32_t height = decoder->base.header.height;
  if (decoder->next > 0) {
    cimage_status status = begin(decoder);
    if (status != CIMAGE_OK) return status;
  }
  if (setjmp(png_jmpbuf(decoder->png))) return CIMAGE_CORRUPT;
  int passes = png_set_interlace_handling(decoder->png);
  update(decoder);
  uint32_t first = decoder->next;
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < height; y++) {
      int kept = y >= first && y - first < decoder->band_rows;
      uint8_t *row = kept ? decoder->band + (size_t)(y - first) * decoder->row_bytes : decoder->scratch;
      png_read_row(decoder->png, row, NULL);
    }
  }
  decoder->band_first = first;
  return CIMAGE_OK;
}

// 16-bit gray as Pillow's convert("RGB") treats it: values above 255 become white; nothing is scaled.
static const uint8_t *narrow(decoder_png *decoder, const uint8_t *row) {
  uint8_t *target = decoder->narrowed;
  for (uint32_t x = 0; x < decoder->base.header.width; x++) {
    uint8_t value = row[2 * (size_t)x] ? 255 : row[2 * (size_t)x + 1];
    for (int c = 0; c < 3; c++) target[3 * (size_t)x + c] = value;
  }
  return target;
}

static cimage_status next_row_png(cimage_decoder *base, const uint8_t **row) {
  decoder_png *decoder = (decoder_png *)base;
  if (!decoder->band) {
    cimage_status status = start_rows(decoder);
    if (status != CIMAGE_OK) return status;
  }
  if (decoder->next == 0 || decoder->next - decoder->band_first >= decoder->band_rows) {
    cimage_status status = decoder->interlaced ? read_interlaced_band(decoder) : read_single_row(decoder);
    if (status != CIMAGE_OK) return status;
  }
  const uint8_t *found = decoder->band + (size_t)(decoder->next - decoder->band_first) * decoder->row_bytes;
  *row = decoder->gray16 ? narrow(decoder, found) : found;
  decoder->next++;
  return CIMAGE_OK;
}

cimage_status cimage_open_png(const uint8_t *bytes, size_t count, size_t band_bytes,
                              cimage_decoder **opened) {
  decoder_png *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return CIMAGE_OUT_OF_MEMORY;
  decoder->base.next_row = next_row_png;
  decoder->base.close = close_png;
  decoder->bytes = bytes;
  decoder->count = count;
  decoder->band_bytes = band_bytes;
  *opened = &decoder->base;
  return begin(decoder);
}
