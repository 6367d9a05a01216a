#include "callocator.h"

#include <malloc.h>

void callocator_keep_nothing(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
}
