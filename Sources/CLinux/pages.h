/// What Linux's C library hides from Swift: growing a mapping.
#ifndef NHAN_PAGES_H
#define NHAN_PAGES_H

#include <stddef.h>

void *mremap(void *address, size_t size, size_t larger, int flags, ...);

/// Enlarges a mapping of memory, and moves it where there is no room behind it; MAP_FAILED when there is no memory.
static inline void *nhan_grow_mapping(void *address, size_t size, size_t larger) {
  return mremap(address, size, larger, 1 /* MREMAP_MAYMOVE */);
}

#endif
