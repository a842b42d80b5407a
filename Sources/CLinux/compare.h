// What Swift has no word for: which of many bytes satisfy a condition, as bits.
#ifndef NHAN_COMPARE_H
#define NHAN_COMPARE_H

#include <stdint.h>

typedef uint8_t nhan_bytes __attribute__((ext_vector_type(64), aligned(1)));
typedef _Bool nhan_bits __attribute__((ext_vector_type(64)));

/// Which of 64 bytes are less than `limit`; the first is bit 0.
static inline uint64_t nhan_bytes_below(const void *bytes, uint8_t limit) {
  return __builtin_bit_cast(uint64_t, __builtin_convertvector(*(const nhan_bytes *)bytes < limit, nhan_bits));
}

/// Which of 64 bytes are `byte`; the first is bit 0.
static inline uint64_t nhan_bytes_equal(const void *bytes, uint8_t byte) {
  return __builtin_bit_cast(uint64_t, __builtin_convertvector(*(const nhan_bytes *)bytes == byte, nhan_bits));
}

#endif
