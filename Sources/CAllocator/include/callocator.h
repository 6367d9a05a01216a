#pragma once

// Makes the allocator take address space only for what is allocated: no arena of 64 MiB for each thread, and no large
// block that is kept after it was freed.
void callocator_keep_nothing(void);
