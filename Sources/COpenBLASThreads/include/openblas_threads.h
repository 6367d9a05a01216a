#pragma once

// 1: OpenBLAS runs on the calling thread. Called once so that the linker keeps the definition behind it.
int openblas_threads_are_ours(void);
