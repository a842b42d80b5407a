// What Swift has no word for: asking for memory before it is needed.
#ifndef NHAN_PREFETCH_H
#define NHAN_PREFETCH_H

/// Asks for the cache line at an address; never faults, whatever the address.
static inline void nhan_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
