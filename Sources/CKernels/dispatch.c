// The sets of kernels and the CPU features that each needs.
#include "ckernels.h"

extern const ck_kernels ck_set__portable;
static int always(void) { return 1; }

#if defined(__x86_64__)
extern const ck_kernels ck_set__avx512, ck_set__avx2;
static int has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("fma");
}
extern const ck_bfloat16_kernels bfloat16__avx512bf16;
extern const ck_int8_products int8_products__avx512vnni;
static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}
#elif defined(__aarch64__)
extern const ck_kernels ck_set__neon;
#endif

static const struct {
  const ck_kernels *kernels;
  int (*runs_here)(void);
} sets[] = {
#if defined(__x86_64__)
    {&ck_set__avx512, has_avx512},
    {&ck_set__avx2, has_avx2},
#elif defined(__aarch64__)
    {&ck_set__neon, always},
#endif
    {&ck_set__portable, always},
};

size_t ck_set_count(void) { return sizeof sets / sizeof *sets; }
const ck_kernels *ck_set(size_t index) { return sets[index].kernels; }
int ck_set_runs_here(size_t index) { return sets[index].runs_here(); }

const ck_bfloat16_kernels *ck_bfloat16_of(const ck_kernels *set) {
#if defined(__x86_64__)
  if (set == &ck_set__avx512 && __builtin_cpu_supports("avx512bf16")) return &bfloat16__avx512bf16;
#endif
  return set->bfloat16;
}

const ck_int8_products *ck_int8_products_of(const ck_kernels *set) {
#if defined(__x86_64__)
  if (set == &ck_set__avx512 && __builtin_cpu_supports("avx512vnni")) return &int8_products__avx512vnni;
#endif
  return set->int8_products;
}
