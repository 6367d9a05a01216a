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
  int finishing;  // all rows have been decoded
  uint8_t *row;   // the row that is returned
  uint8_t *cmyk;  // the decoded row of an image with four components
} decoder_jpeg;

// Whether an error means that a valid file uses a feature that the library lacks. Start-of-frame markers are those
// of ITU-T T.81, table B.1.
static int is_unsupported(const struct jpeg_error_mgr *errors, cimage_message *message) {
  const char *words = NULL;
  switch (errors->msg_code) {
    case JERR_SOF_UNSUPPORTED:
      switch (errors->msg_parm.i[0]) {
        case 0xc3: words = "lossless coding"; break;
        case 0xcb: words = "lossless arithmetic coding"; break;
        case 0xc5:
        case 0xc6:
        case 0xc7:
        case 0xcd:
        case 0xce:
        case 0xcf: words = "hierarchical coding"; break;
        default: return 0;
      }
      break;
    case JERR_BAD_PRECISION:
      snprintf(message->text, sizeof message->text, "%d-bit samples", errors->msg_parm.i[0]);
      return 1;
    case JERR_ARITH_NOTIMPL: words = "arithmetic coding"; break;
    case JERR_EMPTY_IMAGE: words = "no size in the header: it may follow the first scan (DNL)"; break;
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED: return 1;  // in the library's words
    default: return 0;
  }
  snprintf(message->text, sizeof message->text, "%s", words);
  return 1;
}

static void fail(j_common_ptr jpeg) {
  decoder_jpeg *decoder = jpeg->client_data;
  if (decoder->status == CIMAGE_OK) {
    cimage_message *message = &decoder->base.message;
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    snprintf(message->text, sizeof message->text, "%s", text);
    decoder->status = jpeg->err->msg_code == JERR_OUT_OF_MEMORY ? CIMAGE_OUT_OF_MEMORY
                      : is_unsupported(jpeg->err, message)      ? CIMAGE_UNSUPPORTED
                                                                : CIMAGE_CORRUPT;
  }
  longjmp(decoder->target, 1);
}

// libjpeg's warnings. Pillow and browsers ignore all of them; here, those about missing or damaged data are errors.
//
//   code                    meaning                                          accepted
//   JWRN_ADOBE_XFORM        unknown color transform in an Adobe marker       yes: YCbCr or YCCK is assumed
//   JWRN_BOGUS_ICC          invalid ICC profile segments                     yes: profiles are not applied
//   JWRN_BOGUS_PROGRESSION  progressive scans in an unusual order            yes: each is applied in turn
//   JWRN_EXTRANEOUS_DATA    junk before a marker                             yes: the data before it are complete
//   JWRN_JFIF_MAJOR         unknown JFIF version                             yes: nothing depends on it
//   JWRN_NOT_SEQUENTIAL     spectral selection in a sequential scan          yes: sequential scans ignore it
//   JWRN_ARITH_BAD_CODE     undefined arithmetic code                        no: damaged data
//   JWRN_HIT_MARKER         a marker in the middle of the data               no: missing data
//   JWRN_HUFF_BAD_CODE      undefined Huffman code                           no: damaged data
//   JWRN_JPEG_EOF           the file ends without EOI                        only after the last row
//   JWRN_MUST_RESYNC        a restart marker out of sequence                 no: missing data
//   JWRN_TOO_MUCH_DATA      more rows read than there are                    no: a bug in this file
static int is_harmless(const decoder_jpeg *decoder, int code) {
  switch (code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: return 1;
    case JWRN_JPEG_EOF: return decoder->finishing;
    default: return 0;
  }
}

static void warn(j_common_ptr jpeg, int level) {
  if (level < 0 && !is_harmless(jpeg->client_data, jpeg->err->msg_code)) fail(jpeg);
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

// Adobe writes inverted CMYK, and Pillow treats every four-component JPEG as Adobe's.
static void convert_inverted_cmyk(const uint8_t *inverted, uint8_t *rgb, size_t count) {
  for (size_t i = 0; i < count; i++, inverted += 4, rgb += 3) {
    uint8_t cmyk[4];
    for (int c = 0; c < 4; c++) cmyk[c] = (uint8_t)(255 - inverted[c]);
    cimage_cmyk_to_rgb(cmyk, rgb);
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
  if (jpeg->output_scanline == jpeg->output_height) {
    decoder->finishing = 1;
    jpeg_finish_decompress(jpeg);
  }
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
    return CIMAGE_UNSUPPORTED;
  }
  decoder->base.header.width = jpeg->image_width;
  decoder->base.header.height = jpeg->image_height;
  if (jpeg_has_multiple_scans(jpeg))
    decoder->base.header.held_pixels = (uint64_t)jpeg->image_width * jpeg->image_height;
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
