#pragma once
#include <cblas.h>

// Ends the library's own threads. No header declares it, and builds without threads lack it.
__attribute__((weak)) void blas_thread_shutdown_(void);

// Takes and returns the work space of one call. No header declares them.
__attribute__((weak)) void *blas_memory_alloc(int);
__attribute__((weak)) void blas_memory_free(void *);

static inline void cnnzoo_blas_end_threads(void) {
  if (blas_thread_shutdown_) blas_thread_shutdown_();
}

// Takes the work space of a call; null where this build cannot be asked for it.
static inline void *cnnzoo_blas_take_work_space(void) {
  return blas_memory_alloc && blas_memory_free ? blas_memory_alloc(0) : 0;
}

// Returns it. The library keeps it mapped for the next call.
static inline void cnnzoo_blas_return_work_space(void *memory) {
  if (memory) blas_memory_free(memory);
}
