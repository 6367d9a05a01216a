// Image codecs behind functions that return a status, and the inner loops of the resize.
//
// libpng and libjpeg report errors by longjmp. Each function here that calls them sets its own jump
// target, so no jump leaves this target. Pixels come out as 8-bit RGB, row by row, top to bottom, as
// stored: orientation is the caller's.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
  CIMAGE_OK = 0,
  CIMAGE_CORRUPT,         // the message says what the codec found
  CIMAGE_OUT_OF_MEMORY,
  CIMAGE_TOO_MANY_SCANS,  // more than CIMAGE_MAXIMUM_SCANS
} cimage_status;

typedef enum { CIMAGE_PNG, CIMAGE_JPEG, CIMAGE_WEBP } cimage_format;

// Scans of a progressive JPEG. Each costs a pass over all coefficients, however few bytes it has.
enum { CIMAGE_MAXIMUM_SCANS = 100 };

// The codec's words, one line, zero-terminated; empty after CIMAGE_OK.
typedef struct {
  char text[200];
} cimage_message;

typedef struct {
  uint32_t width;
  uint32_t height;
  // Whether rows can be had without holding the whole image (or its coefficients) in memory.
  int streams;
} cimage_header;

typedef struct cimage_decoder cimage_decoder;

// Reads the header. `bytes` must outlive the decoder; for WebP they are one VP8 or VP8L chunk. A codec
// that cannot hand out rows in order (interlaced PNG, WebP) decodes bands of at most `band_bytes` of
// RGB, each from the start of the file, so that memory is bounded and small images take one pass.
// On success `*decoder` is closed by cimage_close; otherwise it is NULL.
cimage_status cimage_open(cimage_format format, const uint8_t *bytes, size_t count, size_t band_bytes,
                          cimage_decoder **decoder, cimage_header *header, cimage_message *message);

// The next row: 3 * width bytes in `*row`, valid until the next call. Call it at most `height` times,
// and not again after a failure. The last row comes only after the end of the file proved sound.
cimage_status cimage_next_row(cimage_decoder *decoder, const uint8_t **row, cimage_message *message);

void cimage_close(cimage_decoder *decoder);

// Fixed-point weights have this many fractional bits, as in Pillow's resize.
enum { CIMAGE_WEIGHT_BITS = 22 };

// Horizontal pass of one row: output i, of `channels` values (1 or 3), is the weighted sum of the
// `counts[i]` pixels from `first[i]` on, with weights from `weights + i * taps`, rounded and clamped.
// `row` and `output` do not overlap.
void cimage_resample_row(const uint8_t *row, uint8_t *output, size_t outputs, size_t channels,
                         const int32_t *first, const int32_t *counts, const int32_t *weights,
                         size_t taps);

// Vertical pass, one source row at a time: sums[i] += weight * row[i].
void cimage_accumulate_row(const uint8_t *row, int32_t weight, int32_t *sums, size_t count);

// Starts `count` sums at one half, so that the shift in cimage_clip_sums rounds.
void cimage_start_sums(int32_t *sums, size_t count);

// Ends the vertical pass of a row: output[i] = clamp(sums[i] >> CIMAGE_WEIGHT_BITS, 0, 255).
void cimage_clip_sums(const int32_t *sums, uint8_t *output, size_t count);

// Luma of `count` RGB pixels: ITU-R 601-2 in 16-bit fixed point, as in Pillow's convert("L").
void cimage_luma(const uint8_t *rgb, uint8_t *luma, size_t count);
