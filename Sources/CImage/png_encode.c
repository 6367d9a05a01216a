#include <png.h>
#include <stdio.h>
#include <string.h>

#include "cimage.h"

static png_image described(uint32_t width, uint32_t height, size_t channels) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  return image;
}

size_t cimage_png_bound(uint32_t width, uint32_t height, size_t channels) {
  png_image image = described(width, height, channels);
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}

cimage_status cimage_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, size_t channels,
                                uint8_t *output, size_t *count, cimage_message *message) {
  png_image image = described(width, height, channels);
  png_alloc_size_t size = *count;
  message->text[0] = 0;
  if (!png_image_write_to_memory(&image, output, &size, 0, pixels, 0, NULL)) {
    snprintf(message->text, sizeof message->text, "%s", image.message);
    return CIMAGE_UNSUPPORTED;
  }
  *count = size;
  return CIMAGE_OK;
}
