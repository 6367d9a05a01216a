// Counts what the calling thread takes from the heap: linked into a test, it stands in for the C library's own
// functions and passes every call on to them.
#pragma once

long allocations_of_this_thread(void);
