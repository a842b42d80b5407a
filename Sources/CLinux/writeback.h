/// What Linux's C library hides from Swift: sending what was written to the disk without waiting.
#ifndef NHAN_WRITEBACK_H
#define NHAN_WRITEBACK_H

#include <stdint.h>

int sync_file_range(int descriptor, int64_t offset, int64_t count, unsigned int flags);

/// Has bytes of a file written to the disk, if the kernel can, while the program goes on.
static inline void nhan_begin_writeback(int descriptor, int64_t offset, int64_t count) {
  (void)sync_file_range(descriptor, offset, count, 2 /* SYNC_FILE_RANGE_WRITE */);
}

#endif
