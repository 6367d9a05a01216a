#pragma once
#include <cblas.h>

// Ends the library's own threads. No header declares it, and a build without threads does not have it.
__attribute__((weak)) void blas_thread_shutdown_(void);

// Makes every later call run on the calling thread alone, and ends the threads that the library started when it was
// loaded: each would spin for 2^28 ticks of the clock, a tenth of a second, on a core that ours need.
static inline void cnnzoo_blas_use_calling_thread(void) {
  openblas_set_num_threads(1);
  if (blas_thread_shutdown_) blas_thread_shutdown_();
}
