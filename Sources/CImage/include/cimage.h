// Image codecs behind functions that return a status, and the inner loops of resizing.
//
// libpng and libjpeg report errors with longjmp. Every function here that calls them sets its own jump
// buffer, so no jump crosses a Swift frame. Pixels are 8-bit RGB, row by row from top to bottom, in stored
// order: applying the orientation is up to the caller.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
  CIMAGE_OK = 0,
  CIMAGE_CORRUPT,      // the message says what the codec found
  CIMAGE_UNSUPPORTED,  // valid, but the message names something that cannot be decoded
  CIMAGE_OUT_OF_MEMORY,
  CIMAGE_TOO_MANY_SCANS,  // more than CIMAGE_MAXIMUM_SCANS
} cimage_status;

typedef enum { CIMAGE_PNG, CIMAGE_JPEG, CIMAGE_WEBP, CIMAGE_TIFF } cimage_format;

// Most scans of a progressive JPEG. Each takes a pass over all coefficients, however few bytes it has.
enum { CIMAGE_MAXIMUM_SCANS = 100 };

// The codec's message: one line, null-terminated, empty after CIMAGE_OK.
typedef struct {
  char text[200];
} cimage_message;

typedef struct {
  uint32_t width;
  uint32_t height;
  // Pixels, or their coefficients, that have to be in memory at a time because of the file's structure; 0 if a
  // few rows are enough, or a band of the size that the caller chose.
  uint64_t held_pixels;
} cimage_header;

typedef struct cimage_decoder cimage_decoder;

// Reads the header. `bytes` must outlive the decoder. For WebP they are one VP8 or VP8L chunk; for PNG they
// end with the data of the last IDAT chunk, and the caller has verified the checksums. A codec that
// cannot decode row by row (interlaced PNG, WebP) decodes bands of at most `band_bytes` of RGB, each from the
// start of the file: memory is bounded, and a small image takes one pass.
// On success the caller closes `*decoder` with cimage_close; otherwise it is NULL.
cimage_status cimage_open(cimage_format format, const uint8_t *bytes, size_t count, size_t band_bytes,
                          cimage_decoder **decoder, cimage_header *header, cimage_message *message);

// Decodes the next row into `*row`: 3 * width bytes, valid until the next call. Call it at most `height`
// times, and not after a failure. The last row is returned only after everything that its pixels depend on
// has been checked.
cimage_status cimage_next_row(cimage_decoder *decoder, const uint8_t **row, cimage_message *message);

void cimage_close(cimage_decoder *decoder);

// The most bytes that a PNG of an image with 1 or 3 values per pixel has.
size_t cimage_png_bound(uint32_t width, uint32_t height, size_t channels);

// Encodes an 8-bit gray or sRGB image as PNG. `*count` is the size of `output`, then that of the PNG.
cimage_status cimage_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, size_t channels,
                                uint8_t *output, size_t *count, cimage_message *message);

// Fractional bits of the fixed-point weights, as in Pillow's resize.
enum { CIMAGE_WEIGHT_BITS = 22 };

// Horizontal pass over one row: output pixel i, of `channels` values (1 or 3), is the weighted sum of the
// `counts[i]` pixels from `first[i]` on, with the weights at `weights + i * taps`, rounded and clamped.
// `row` and `output` do not overlap.
void cimage_resample_row(const uint8_t *row, uint8_t *output, size_t outputs, size_t channels,
                         const int32_t *first, const int32_t *counts, const int32_t *weights, size_t taps);

// Vertical pass, one source row at a time: sums[i] += weight * row[i].
void cimage_accumulate_row(const uint8_t *row, int32_t weight, int32_t *sums, size_t count);

// Initializes `count` sums to one half, so that the shift in cimage_clip_sums rounds.
void cimage_start_sums(int32_t *sums, size_t count);

// Finishes the vertical pass of a row: output[i] = clamp(sums[i] >> CIMAGE_WEIGHT_BITS, 0, 255).
void cimage_clip_sums(const int32_t *sums, uint8_t *output, size_t count);

// Luma of `count` RGB pixels: ITU-R 601-2 in 16-bit fixed point, as in Pillow's convert("L").
void cimage_luma(const uint8_t *rgb, uint8_t *luma, size_t count);
