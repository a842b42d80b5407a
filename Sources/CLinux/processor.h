// What Swift has no word for: which instructions the processor has.
#ifndef NHAN_PROCESSOR_H
#define NHAN_PROCESSOR_H

#include <unistd.h>

/// Ends the process with a message and `status` if the processor has not the instructions that this was built for: those
/// that all of its kind have or, where the build asked for them, those of x86-64-v3 (AVX2, BMI, FMA). To be called first:
/// everything else may already use them.
#if defined(__x86_64__) && defined(__AVX2__)
__attribute__((target("arch=x86-64"), noinline)) static void nhan_require_processor(int status) {
  static const char message[] =
      "nhan: error: this command is built for processors with AVX2, which this one is not; build it with "
      "`make PROCESSOR= build`, which gives one for any\n";
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma")) return;
  (void)!write(STDERR_FILENO, message, sizeof message - 1);
  _exit(status);
}
#else
static inline void nhan_require_processor(int status) { (void)status; }
#endif

#endif
