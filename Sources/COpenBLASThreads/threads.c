#include "openblas_threads.h"

// How many threads OpenBLAS starts while it is being loaded, before `main`: it asks this function, which stands for
// the environment variable OPENBLAS_NUM_THREADS, and which the program's own definition replaces. With one thread, the
// caller's, it starts none. Threads of its own would spin for a tenth of a second beside ours, and where memory is
// limited (`ulimit -v`) they wait forever for a buffer that they cannot get.
__attribute__((used, visibility("default"))) int openblas_num_threads_env(void) { return 1; }

int openblas_threads_are_ours(void) { return openblas_num_threads_env(); }
