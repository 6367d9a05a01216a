#include "decoder.h"

#include <errno.h>
#include <string.h>

// A library whose allocation failed may say that the file is damaged; malloc's error number tells. Set `errno` to 0
// before the library is called.
static cimage_status checked(cimage_status status) {
  return status != CIMAGE_OK && errno == ENOMEM ? CIMAGE_OUT_OF_MEMORY : status;
}

cimage_status cimage_open(cimage_format format, const uint8_t *bytes, size_t count, size_t band_bytes,
                          cimage_decoder **decoder, cimage_header *header, cimage_message *message) {
  *decoder = NULL;
  message->text[0] = 0;
  cimage_decoder *opened = NULL;
  cimage_status status = CIMAGE_OUT_OF_MEMORY;
  errno = 0;
  switch (format) {
    case CIMAGE_PNG: status = cimage_open_png(bytes, count, band_bytes, &opened); break;
    case CIMAGE_JPEG: status = cimage_open_jpeg(bytes, count, &opened); break;
    case CIMAGE_WEBP: status = cimage_open_webp(bytes, count, band_bytes, &opened); break;
    case CIMAGE_TIFF: status = cimage_open_tiff(bytes, count, &opened); break;
  }
  if (!opened) return CIMAGE_OUT_OF_MEMORY;
  status = checked(status);
  if (status != CIMAGE_OK) {
    *message = opened->message;
    opened->close(opened);
    return status;
  }
  *header = opened->header;
  *decoder = opened;
  return CIMAGE_OK;
}

cimage_status cimage_next_row(cimage_decoder *decoder, const uint8_t **row, cimage_message *message) {
  errno = 0;
  cimage_status status = checked(decoder->next_row(decoder, row));
  if (status == CIMAGE_OK) {
    message->text[0] = 0;
  } else {
    *message = decoder->message;
  }
  return status;
}

void cimage_close(cimage_decoder *decoder) { decoder->close(decoder); }
