#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

#include <stdint.h>

/// How often the process has asked for memory so far: malloc, calloc, realloc and the aligned ones together.
uint64_t nhan_allocation_count(void);

#endif
