/// What Linux's C library hides from Swift: how its allocator deals with large blocks.
#ifndef NHAN_ALLOCATOR_H
#define NHAN_ALLOCATOR_H

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Has blocks of up to 32 MiB, once freed, kept for the next ones instead of returned to the kernel, which would have to
/// zero their pages each time. For programs that allocate such blocks in batches and end soon. Does nothing where the C
/// library is not glibc.
static inline void nhan_keep_freed_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

#endif
