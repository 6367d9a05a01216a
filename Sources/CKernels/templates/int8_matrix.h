// Products of matrices of bytes.

CK_INLINE void int8_fetch(const size_t rows, const ck_int8_result *r, size_t first, size_t column) {
  const size_t size = r->bytes ? 1 : sizeof(float);
  const char *output = r->bytes ? (const char *)r->bytes : (const char *)r->floats;
#pragma clang loop unroll(full)
  for (size_t m = 0; m < rows; m++) {
    __builtin_prefetch(output + ((first + m) * r->output_stride + column) * size, 1);
    if (r->residual) __builtin_prefetch(r->residual + (first + m) * r->residual_stride + column, 0);
  }
}

CK_INLINE void int8_start(const size_t rows, const size_t vectors, const ck_int8_result *r, size_t column,
                          vi sum[][2]) {
  for (size_t v = 0; v < vectors; v++) {
    const vi start = int8_load(r->start + column + v * CK_VECTOR);
#pragma clang loop unroll(full)
    for (size_t m = 0; m < rows; m++) sum[m][v] = start;
  }
}

CK_INLINE void int8_finish(const size_t rows, const size_t vectors, const ck_int8_result *r, size_t first,
                           size_t column, size_t columns, vi sum[][2]) {
#pragma clang fp contract(off)
  const uint8_t *residual = r->residual ? r->residual + first * r->residual_stride + column : NULL;
  const size_t place = first * r->output_stride + column;
  size_t left = columns - column;
#pragma clang loop unroll(full)
  for (size_t v = 0; v < vectors; v++) {
    const vf factor = load(r->factor + column + v * CK_VECTOR);
#pragma clang loop unroll(full)
    for (size_t m = 0; m < rows; m++) {
      vf y = __builtin_convertvector(sum[m][v], vf) * factor;
      if (residual) {
        const vf more =
            load_bytes(residual + m * r->residual_stride + v * CK_VECTOR, left) - r->residual_zero;
        y = y + more * r->residual_factor;
      }
      y = limited(y, r->low, r->high);
      const size_t offset = place + m * r->output_stride + v * CK_VECTOR;
      if (r->bytes) store_bytes(r->bytes + offset, rounded(y, r->zero), left);
      else store_some(r->floats + offset, y, left);
    }
    left = left < CK_VECTOR ? 0 : left - CK_VECTOR;
  }
}

#define CK_SPAN(name) CK(int8_##name)
#define CK_ELEMENT(name) int8_##name
#define CK_SPAN_OF ck_int8_span
#define CK_WEIGHT int32_t
#define CK_LOAD(p) int8_load(p)
#define CK_NUMBERS vi
#define CK_PRODUCT(x, w, sum) add_quad_products(x, w, sum)
#include "matrix_span.h"
