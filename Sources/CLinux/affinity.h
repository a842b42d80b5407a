// What Linux's C library hides from Swift: on which processor a thread runs, and on which it may run.
#ifndef NHAN_AFFINITY_H
#define NHAN_AFFINITY_H

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The number of the processor that the calling thread runs on; negative where the kernel does not tell.
static inline int nhan_current_processor(void) {
  unsigned int processor;
  return syscall(SYS_getcpu, &processor, NULL, NULL) < 0 ? -1 : (int)processor;
}

/// Writes which processors the calling thread may run on, a bit each. Returns how many bytes that takes; negative if `size`
/// bytes are too few or the kernel does not tell.
static inline long nhan_get_affinity(unsigned long *processors, size_t size) {
  return syscall(SYS_sched_getaffinity, 0, size, processors);
}

/// Has the calling thread run on these processors only, at once. Returns 0, or a negative number if that cannot be.
static inline long nhan_set_affinity(const unsigned long *processors, size_t size) {
  return syscall(SYS_sched_setaffinity, 0, size, processors);
}

#endif
