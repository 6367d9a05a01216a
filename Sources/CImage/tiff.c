#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tiffio.h>

#include "decoder.h"

// libtiff reports errors and warnings to handlers and returns; it does not use longjmp across its interface.

enum {
  MAXIMUM_SAMPLES = 6,  // per pixel, as in Pillow
  // Most bytes that libtiff may allocate at once, such as for an array of offsets or the state of a codec.
  MAXIMUM_ALLOCATION = 64 << 20,
};

typedef struct {
  cimage_decoder base;
  const uint8_t *bytes;
  size_t count;
  size_t position;
  TIFF *tiff;
  int decoding;  // the tags have been read
  int failed;
  uint16_t photometric;
  uint16_t bits;     // of a sample
  uint16_t samples;  // of a pixel
  uint16_t colors;   // samples of a pixel that are colors
  int premultiplied;
  int separate;  // each sample has its own plane
  int tiled;
  // A block is a strip or a tile. A band is one row of blocks, plane after plane.
  uint32_t block_width;
  uint32_t block_height;
  uint32_t blocks_across;
  size_t block_row_bytes;
  size_t block_bytes;
  uint32_t next;
  uint8_t *band;
  uint8_t *parts;  // the samples of a row as 8-bit planes
  uint8_t *row;
  uint8_t palette[256][3];
} decoder_tiff;

// MARK: - What libtiff calls

static int report(decoder_tiff *decoder, const char *module, const char *format, va_list arguments) {
  if (!decoder->failed) {
    char text[160];
    vsnprintf(text, sizeof text, format, arguments);
    cimage_message *message = &decoder->base.message;
    snprintf(message->text, sizeof message->text, "%.30s: %s", module ? module : "libtiff", text);
    for (char *c = message->text; *c; c++)
      if (*c == '\n') *c = ' ';
  }
  decoder->failed = 1;
  return 1;
}

static int handle_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  return report(user, module, format, arguments);
}

// Warnings about tags do not matter. Warnings of codecs report missing or damaged data, except for those of
// JPEGPreDecode: a tag contradicts the JPEG data, which are right.
static int handle_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  decoder_tiff *decoder = user;
  if (!decoder->decoding || (module && !strcmp(module, "JPEGPreDecode"))) return 1;
  return report(decoder, module, format, arguments);
}

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t count) {
  decoder_tiff *decoder = (decoder_tiff *)handle;
  size_t left = decoder->count - decoder->position;
  if (count < 0) return 0;
  if ((size_t)count > left) count = (tmsize_t)left;
  memcpy(target, decoder->bytes + decoder->position, (size_t)count);
  decoder->position += (size_t)count;
  return count;
}

static tmsize_t write_nothing(thandle_t handle, void *source, tmsize_t count) {
  (void)handle;
  (void)source;
  (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  decoder_tiff *decoder = (decoder_tiff *)handle;
  toff_t start = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? decoder->position : decoder->count;
  toff_t target = start + offset;
  decoder->position = target < decoder->count ? (size_t)target : decoder->count;
  return target;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of_file(thandle_t handle) { return ((decoder_tiff *)handle)->count; }

// The bytes are in memory, so libtiff needs no buffers for them.
static int map(thandle_t handle, void **base, toff_t *size) {
  decoder_tiff *decoder = (decoder_tiff *)handle;
  *base = (void *)(uintptr_t)decoder->bytes;
  *size = decoder->count;
  return 1;
}

static void unmap(thandle_t handle, void *base, toff_t size) {
  (void)handle;
  (void)base;
  (void)size;
}

// MARK: - Rows

static void close_tiff(cimage_decoder *base) {
  decoder_tiff *decoder = (decoder_tiff *)base;
  if (decoder->tiff) TIFFClose(decoder->tiff);
  free(decoder->band);
  free(decoder->parts);
  free(decoder->row);
  free(decoder);
}

static cimage_status decode_block(decoder_tiff *decoder, uint32_t x, uint32_t y, uint16_t plane,
                                  uint8_t *target) {
  TIFF *tiff = decoder->tiff;
  uint32_t left = decoder->base.header.height - y;
  uint32_t rows = decoder->tiled || left > decoder->block_height ? decoder->block_height : left;
  tmsize_t expected = (tmsize_t)(decoder->block_row_bytes * rows);
  tmsize_t found = decoder->tiled
                       ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane), target, expected)
                       : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), target, expected);
  if (decoder->failed) return CIMAGE_CORRUPT;
  if (found == expected) return CIMAGE_OK;
  snprintf(decoder->base.message.text, sizeof decoder->base.message.text, "the file ends too early");
  return CIMAGE_CORRUPT;
}

static cimage_status decode_band(decoder_tiff *decoder) {
  uint8_t *target = decoder->band;
  for (uint16_t plane = 0; plane < (decoder->separate ? decoder->samples : 1); plane++) {
    for (uint32_t block = 0; block < decoder->blocks_across; block++) {
      cimage_status status =
          decode_block(decoder, block * decoder->block_width, decoder->next, plane, target);
      if (status != CIMAGE_OK) return status;
      target += decoder->block_bytes;
    }
  }
  return CIMAGE_OK;
}

// Extracts sample `index` of `count` pixels as 8 bits. As in Pillow, 16-bit colors lose their low byte, and 16-bit
// gray is clamped to 255.
static void extract(const decoder_tiff *decoder, const uint8_t *source, uint32_t step, uint32_t index,
                    uint8_t *target, uint32_t count) {
  unsigned bits = decoder->bits;
  if (bits == 8) {
    for (uint32_t i = 0; i < count; i++) target[i] = source[(size_t)i * step + index];
  } else if (bits == 16) {
    int is_gray = decoder->colors == 1;
    for (uint32_t i = 0; i < count; i++) {
      uint16_t value;
      memcpy(&value, source + 2 * ((size_t)i * step + index), 2);
      target[i] = is_gray ? (value > 255 ? 255 : (uint8_t)value) : (uint8_t)(value >> 8);
    }
  } else {  // one sample per pixel, several pixels per byte
    unsigned mask = (1u << bits) - 1;
    for (uint32_t i = 0; i < count; i++) {
      size_t bit = (size_t)i * bits;
      target[i] = (uint8_t)(source[bit / 8] >> (8 - bits - bit % 8) & mask);
    }
  }
}

static void extract_row(const decoder_tiff *decoder, uint32_t y) {
  uint32_t width = decoder->base.header.width;
  uint32_t wanted = decoder->colors + (decoder->premultiplied ? 1u : 0u);
  size_t offset = (size_t)(y % decoder->block_height) * decoder->block_row_bytes;
  for (uint32_t index = 0; index < wanted; index++) {
    uint8_t *target = decoder->parts + (size_t)index * width;
    for (uint32_t block = 0; block < decoder->blocks_across; block++) {
      uint32_t x = block * decoder->block_width;
      uint32_t count = width - x < decoder->block_width ? width - x : decoder->block_width;
      size_t place = (size_t)(decoder->separate ? index * decoder->blocks_across : 0) + block;
      const uint8_t *source = decoder->band + place * decoder->block_bytes + offset;
      if (decoder->separate) {
        extract(decoder, source, 1, 0, target + x, count);
      } else {
        extract(decoder, source, decoder->samples, index, target + x, count);
      }
    }
  }
}

static void convert_row(const decoder_tiff *decoder) {
  uint32_t width = decoder->base.header.width;
  const uint8_t *parts = decoder->parts;
  uint8_t *target = decoder->row;
  unsigned largest = decoder->bits < 8 ? (1u << decoder->bits) - 1 : 255;
  for (uint32_t x = 0; x < width; x++, parts++, target += 3) {
    if (decoder->photometric == PHOTOMETRIC_PALETTE) {
      memcpy(target, decoder->palette[parts[0]], 3);
    } else if (decoder->colors == 1) {
      unsigned value = parts[0] * 255u / largest;
      if (decoder->photometric == PHOTOMETRIC_MINISWHITE) value = 255 - value;
      memset(target, (int)value, 3);
    } else if (decoder->colors == 4) {
      uint8_t cmyk[4];
      for (int c = 0; c < 4; c++) cmyk[c] = parts[(size_t)c * width];
      cimage_cmyk_to_rgb(cmyk, target);
    } else {
      for (int c = 0; c < 3; c++) target[c] = parts[(size_t)c * width];
      unsigned alpha = decoder->premultiplied ? parts[3 * (size_t)width] : 255;
      if (alpha == 255) continue;
      for (int c = 0; c < 3; c++) target[c] = alpha ? cimage_clamp((int32_t)(target[c] * 255u / alpha)) : 0;
    }
  }
}

static cimage_status next_row_tiff(cimage_decoder *base, const uint8_t **row) {
  decoder_tiff *decoder = (decoder_tiff *)base;
  uint32_t width = base->header.width;
  if (!decoder->band) {
    size_t planes = decoder->separate ? decoder->samples : 1;
    decoder->band = malloc(planes * decoder->blocks_across * decoder->block_bytes);
    decoder->parts = malloc((size_t)width * (decoder->colors + 1u));
    decoder->row = malloc((size_t)width * 3);
    if (!decoder->band || !decoder->parts || !decoder->row) return CIMAGE_OUT_OF_MEMORY;
  }
  if (decoder->next % decoder->block_height == 0) {
    cimage_status status = decode_band(decoder);
    if (status != CIMAGE_OK) return status;
  }
  extract_row(decoder, decoder->next);
  convert_row(decoder);
  *row = decoder->row;
  decoder->next++;
  return CIMAGE_OK;
}

// MARK: - Header

__attribute__((format(printf, 3, 4))) static cimage_status refuse(decoder_tiff *decoder, cimage_status status,
                                                                  const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(decoder->base.message.text, sizeof decoder->base.message.text, format, arguments);
  va_end(arguments);
  return status;
}

// Reads how samples are encoded and what they mean.
static cimage_status read_kind(decoder_tiff *decoder) {
  TIFF *tiff = decoder->tiff;
  uint16_t compression = COMPRESSION_NONE, format = SAMPLEFORMAT_UINT, planes = PLANARCONFIG_CONTIG;
  decoder->photometric = PHOTOMETRIC_MINISWHITE;  // Pillow's default
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planes);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &decoder->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &decoder->samples);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &decoder->photometric);
  decoder->separate = planes == PLANARCONFIG_SEPARATE && decoder->samples > 1;

  switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_LZMA:
    case COMPRESSION_ZSTD: break;
    default: return refuse(decoder, CIMAGE_UNSUPPORTED, "compression %u", compression);
  }
  if (!TIFFIsCODECConfigured(compression))
    return refuse(decoder, CIMAGE_UNSUPPORTED, "compression %u, which libtiff was built without",
                  compression);

  switch (decoder->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE: decoder->colors = 1; break;
    case PHOTOMETRIC_RGB: decoder->colors = 3; break;
    case PHOTOMETRIC_SEPARATED: decoder->colors = 4; break;
    case PHOTOMETRIC_YCBCR:
      if (compression != COMPRESSION_JPEG || decoder->separate)
        return refuse(decoder, CIMAGE_UNSUPPORTED, "YCbCr samples outside JPEG data");
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      decoder->colors = 3;
      break;
    default:
      return refuse(decoder, CIMAGE_UNSUPPORTED, "photometric interpretation %u", decoder->photometric);
  }

  int is_gray = decoder->colors == 1 && decoder->photometric != PHOTOMETRIC_PALETTE;
  unsigned bits = decoder->bits;
  if (format != SAMPLEFORMAT_UINT)
    return refuse(decoder, CIMAGE_UNSUPPORTED, "sample format %u: not unsigned integers", format);
  int is_small = bits == 1 || bits == 2 || bits == 4;
  if (!(bits == 8 || (bits == 16 && decoder->photometric != PHOTOMETRIC_PALETTE) ||
        (is_small && decoder->colors == 1 && decoder->samples == 1)))
    return refuse(decoder, CIMAGE_UNSUPPORTED, "%u-bit samples", bits);
  if (bits == 16 && decoder->photometric == PHOTOMETRIC_MINISWHITE)
    return refuse(decoder, CIMAGE_UNSUPPORTED, "%u-bit samples with white as zero", bits);
  if (decoder->samples < decoder->colors || decoder->samples > MAXIMUM_SAMPLES)
    return refuse(decoder, CIMAGE_UNSUPPORTED, "%u samples a pixel", decoder->samples);

  uint16_t extra_count = 0;
  uint16_t *extra = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extra);
  decoder->premultiplied = decoder->samples > decoder->colors && extra_count > 0 && extra &&
                           extra[0] == EXTRASAMPLE_ASSOCALPHA && decoder->colors == 3;
  if (is_gray && extra_count > 0 && extra && extra[0] == EXTRASAMPLE_ASSOCALPHA)
    return refuse(decoder, CIMAGE_UNSUPPORTED, "gray premultiplied by alpha");

  if (decoder->photometric == PHOTOMETRIC_PALETTE) {
    uint16_t *colors[3];
    if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &colors[0], &colors[1], &colors[2]))
      return refuse(decoder, CIMAGE_CORRUPT, "no color map");
    for (unsigned i = 0; i < 1u << bits; i++)
      for (int c = 0; c < 3; c++) decoder->palette[i][c] = (uint8_t)(colors[c][i] >> 8);
  }
  return CIMAGE_OK;
}

// Reads the sizes. They are claims: nothing is allocated for them yet.
static cimage_status read_sizes(decoder_tiff *decoder) {
  TIFF *tiff = decoder->tiff;
  cimage_header *header = &decoder->base.header;
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &header->width) ||
      !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &header->height) || !header->width || !header->height)
    return refuse(decoder, CIMAGE_CORRUPT, "no width or height");
  decoder->tiled = TIFFIsTiled(tiff);
  if (decoder->tiled) {
    if (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &decoder->block_width) ||
        !TIFFGetField(tiff, TIFFTAG_TILELENGTH, &decoder->block_height))
      return refuse(decoder, CIMAGE_CORRUPT, "no size of the tiles");
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &decoder->block_height);
    decoder->block_width = header->width;
    if (decoder->block_height > header->height) decoder->block_height = header->height;
  }
  uint64_t block_width = decoder->block_width, block_height = decoder->block_height;
  if (!block_width || !block_height) return refuse(decoder, CIMAGE_CORRUPT, "empty strips or tiles");
  decoder->blocks_across = (uint32_t)((header->width + block_width - 1) / block_width);

  // No overflow: widths are below 2^32, and pixels have at most 6 samples of 16 bits.
  uint64_t samples = decoder->separate ? 1 : decoder->samples;
  uint64_t row_bytes = (block_width * samples * decoder->bits + 7) / 8;
  uint64_t libtiff_row_bytes = decoder->tiled ? TIFFTileRowSize64(tiff) : TIFFScanlineSize64(tiff);
  if (decoder->failed) return CIMAGE_CORRUPT;
  if (row_bytes != libtiff_row_bytes) return refuse(decoder, CIMAGE_UNSUPPORTED, "subsampled components");
  uint64_t planes = decoder->separate ? decoder->samples : 1;
  uint64_t block_bytes, band_bytes;
  if (__builtin_mul_overflow(row_bytes, block_height, &block_bytes) ||
      __builtin_mul_overflow(block_bytes, planes * decoder->blocks_across, &band_bytes) ||
      band_bytes > PTRDIFF_MAX)
    return refuse(decoder, CIMAGE_CORRUPT, "strips or tiles larger than memory");
  decoder->block_row_bytes = (size_t)row_bytes;
  decoder->block_bytes = (size_t)block_bytes;
  header->held_pixels = band_bytes / 3;
  return CIMAGE_OK;
}

cimage_status cimage_open_tiff(const uint8_t *bytes, size_t count, cimage_decoder **opened) {
  decoder_tiff *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return CIMAGE_OUT_OF_MEMORY;
  decoder->base.next_row = next_row_tiff;
  decoder->base.close = close_tiff;
  decoder->bytes = bytes;
  decoder->count = count;
  *opened = &decoder->base;

  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return CIMAGE_OUT_OF_MEMORY;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAXIMUM_ALLOCATION);
  TIFFOpenOptionsSetErrorHandlerExtR(options, handle_error, decoder);
  TIFFOpenOptionsSetWarningHandlerExtR(options, handle_warning, decoder);
  decoder->tiff = TIFFClientOpenExt("image", "r", (thandle_t)decoder, read_bytes, write_nothing, seek,
                                    close_nothing, size_of_file, map, unmap, options);
  TIFFOpenOptionsFree(options);
  if (!decoder->tiff) return CIMAGE_CORRUPT;
  decoder->failed = 0;  // errors in tags that are not needed
  decoder->base.message.text[0] = 0;
  cimage_status status = read_kind(decoder);
  if (status == CIMAGE_OK) status = read_sizes(decoder);
  decoder->decoding = 1;
  return status;
}
