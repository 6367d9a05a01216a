#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "decoder.h"

typedef struct {
  cimage_decoder base;
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf target;
  cimage_status status;
  int created;
  int bogus_progression;
  uint8_t *row;   // the row that is returned
  uint8_t *cmyk;  // the decoded row of an image with four components
} decoder_jpeg;

static void fail(j_common_ptr jpeg) {
  decoder_jpeg *decoder = jpeg->client_data;
  if (decoder->status == CIMAGE_OK) {
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    snprintf(decoder->base.message.text, sizeof decoder->base.message.text, "%s", text);
    decoder->status = jpeg->err->msg_code == JERR_OUT_OF_MEMORY ? CIMAGE_OUT_OF_MEMORY : CIMAGE_CORRUPT;
  }
  longjmp(decoder->target, 1);
}

// Warnings report missing or corrupt data, except for three that do not affect any pixel.
static void warn(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  int code = jpeg->err->msg_code;
  if (code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM || code == JWRN_BOGUS_ICC) return;
  if (code == JWRN_BOGUS_PROGRESSION) {
    // Reported only after the scans have been counted: a file with thousands of them is refused for that.
    ((decoder_jpeg *)jpeg->client_data)->bogus_progression = 1;
    return;
  }
  fail(jpeg);
}

static void say_nothing(j_common_ptr jpeg) { (void)jpeg; }

static void count_scans(j_common_ptr jpeg) {
  if (((j_decompress_ptr)jpeg)->input_scan_number <= CIMAGE_MAXIMUM_SCANS) return;
  decoder_jpeg *decoder = jpeg->client_data;
  decoder->status = CIMAGE_TOO_MANY_SCANS;
  longjmp(decoder->target, 1);
}

static void close_jpeg(cimage_decoder *base) {
  decoder_jpeg *decoder = (decoder_jpeg *)base;
  if (decoder->created) jpeg_destroy_decompress(&decoder->jpeg);
  free(decoder->row);
  free(decoder->cmyk);
  free(decoder);
}

// Adobe writes inverted CMYK, and Pillow treats every four-component JPEG as Adobe's. This is Pillow's
// conversion to RGB, with its way to divide by 255.
static void convert_inverted_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t count) {
  for (size_t i = 0; i < count; i++, cmyk += 4, rgb += 3) {
    int32_t light = cmyk[3];
    for (int c = 0; c < 3; c++) {
      uint32_t product = (uint32_t)(255 - cmyk[c]) * (uint32_t)light + 128;
      rgb[c] = cimage_clamp(light - (int32_t)(((product >> 8) + product) >> 8));
    }
  }
}

// Prepares for the first row; a file with several scans is read to its end here.
static void start_rows(decoder_jpeg *decoder) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  int cmyk = jpeg->num_components == 4;
  jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  jpeg->dct_method = JDCT_ISLOW;
  jpeg->do_fancy_upsampling = TRUE;
  size_t width = jpeg->image_width;
  decoder->row = malloc(width * 3);
  decoder->cmyk = malloc(cmyk ? width * 4 : 1);
  if (!decoder->row || !decoder->cmyk) ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
  jpeg_start_decompress(jpeg);
  if (decoder->bogus_progression) ERREXIT2(jpeg, JWRN_BOGUS_PROGRESSION, 0, 0);
}

static cimage_status next_row_jpeg(cimage_decoder *base, const uint8_t **row) {
  decoder_jpeg *decoder = (decoder_jpeg *)base;
  j_decompress_ptr jpeg = &decoder->jpeg;
  if (setjmp(decoder->target)) return decoder->status;
  if (!decoder->row) start_rows(decoder);
  int cmyk = jpeg->out_color_space == JCS_CMYK;
  JSAMPROW target = cmyk ? decoder->cmyk : decoder->row;
  if (jpeg_read_scanlines(jpeg, &target, 1) != 1) ERREXIT(jpeg, JERR_INPUT_EOF);
  if (cmyk) convert_inverted_cmyk(decoder->cmyk, decoder->row, jpeg->output_width);
  if (jpeg->output_scanline == jpeg->output_height) jpeg_finish_decompress(jpeg);
  *row = decoder->row;
  return CIMAGE_OK;
}

static cimage_status read_header(decoder_jpeg *decoder, const uint8_t *bytes, size_t count) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  if (setjmp(decoder->target)) return decoder->status;
  jpeg_create_decompress(jpeg);
  decoder->created = 1;
  jpeg->client_data = decoder;
  decoder->progress.progress_monitor = count_scans;
  jpeg->progress = &decoder->progress;
  jpeg_mem_src(jpeg, bytes, count);
  jpeg_read_header(jpeg, TRUE);
  int components = jpeg->num_components;
  if (components != 1 && components != 3 && components != 4) {
    snprintf(decoder->base.message.text, sizeof decoder->base.message.text,
             "%d color components, expected 1, 3 or 4", components);
    return CIMAGE_CORRUPT;
  }
  decoder->base.header.width = jpeg->image_width;
  decoder->base.header.height = jpeg->image_height;
  decoder->base.header.streams = !jpeg_has_multiple_scans(jpeg);
  return CIMAGE_OK;
}

cimage_status cimage_open_jpeg(const uint8_t *bytes, size_t count, cimage_decoder **opened) {
  decoder_jpeg *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return CIMAGE_OUT_OF_MEMORY;
  decoder->base.next_row = next_row_jpeg;
  decoder->base.close = close_jpeg;
  decoder->jpeg.err = jpeg_std_error(&decoder->errors);
  decoder->jpeg.client_data = decoder;
  decoder->errors.error_exit = fail;
  decoder->errors.emit_message = warn;
  decoder->errors.output_message = say_nothing;
  *opened = &decoder->base;
  return read_header(decoder, bytes, count);
}
