// Weights in float16 (IEEE 754 binary16), stored as uint16_t: half the memory to read. Arithmetic is float32.

// The exponent field of a float16 is 112 smaller than that of the same float32: its bits, moved into place, are the
// value times 2^-112, subnormal or not.
CK_INLINE float widen_one(uint16_t half) {
  const uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
  float value;
  memcpy(&value, &magnitude, sizeof value);
  value *= 0x1p112f;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (magnitude >= 0x7c00u << 13) bits = magnitude | 0x7f800000;  // infinity and NaN
  bits |= (uint32_t)(half & 0x8000) << 16;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// Rounds to nearest, ties to even; infinity beyond 65504.
CK_INLINE uint16_t narrow_one(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) return sign | 0x7e00;   // NaN
  if (bits >= 0x477ff000) return sign | 0x7c00;  // 65520 and more
  if (bits < 0x38800000) {                       // below 2^-14: a multiple of 2^-24
    float magnitude;
    memcpy(&magnitude, &bits, sizeof magnitude);
    magnitude += 0.5f;  // whose last bit is 2^-24: the addition rounds
    memcpy(&bits, &magnitude, sizeof bits);
    return sign | (uint16_t)(bits - 0x3f000000);
  }
  bits += 0xfff + (bits >> 13 & 1);
  return sign | (uint16_t)((bits - (112u << 23)) >> 13);
}

CK_INLINE vf load_half(const uint16_t *p) {
#if CK_VECTOR == 16
  return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#elif CK_VECTOR == 8
  return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#elif defined(__aarch64__)
  return (vf)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
#else
  vf v;
  for (size_t i = 0; i < CK_VECTOR; i++) v[i] = widen_one(p[i]);
  return v;
#endif
}

// The first `count` of a vector, then zeros.
CK_INLINE vf load_some_half(const uint16_t *p, size_t count) {
  if (count >= CK_VECTOR) return load_half(p);
  uint16_t some[CK_VECTOR] = {0};
  memcpy(some, p, count * sizeof *some);
  return load_half(some);
}

CK_INLINE void store_half(uint16_t *p, vf v) {
#if CK_VECTOR == 16
  _mm256_storeu_si256((__m256i *)p,
                      _mm512_cvtps_ph((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#elif CK_VECTOR == 8
  _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__aarch64__)
  vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)v)));
#else
  for (size_t i = 0; i < CK_VECTOR; i++) p[i] = narrow_one(v[i]);
#endif
}

static void CK(widen_half)(const uint16_t *input, size_t count, float factor, float *output) {
  size_t i = 0;
  for (; i + CK_VECTOR <= count; i += CK_VECTOR) store(output + i, factor * load_half(input + i));
  for (; i < count; i++) output[i] = factor * widen_one(input[i]);
}

static void CK(narrow_half)(const float *input, size_t count, float factor, uint16_t *output) {
  size_t i = 0;
  for (; i + CK_VECTOR <= count; i += CK_VECTOR) store_half(output + i, factor * load(input + i));
  for (; i < count; i++) output[i] = narrow_one(factor * input[i]);
}
