// Counts the heap allocations of the calling thread: linked into a test, it replaces the C library's functions
// and forwards every call to them.
#pragma once

long allocations_of_this_thread(void);

// Whether allocations are counted: not under sanitizers.
int allocations_are_counted(void);
