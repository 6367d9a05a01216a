#pragma once
#include <cblas.h>

// Ends the library's own threads. No header declares it, and builds without threads lack it.
__attribute__((weak)) void blas_thread_shutdown_(void);

static inline void cnnzoo_blas_end_threads(void) {
  if (blas_thread_shutdown_) blas_thread_shutdown_();
}
