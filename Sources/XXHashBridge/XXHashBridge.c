// All of xxHash as inline functions: nothing to link, and nothing to install beside a built program.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "XXHashBridge.h"
#include "WideVectors.h"

uint64_t tidemill_xxh64(const void *bytes, size_t count, uint64_t seed) { return XXH64(bytes, count, seed); }

uint64_t tidemill_xxh3(const void *bytes, size_t count, uint64_t seed) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return tidemill_xxh3_avx2(bytes, count, seed);
#endif
  return XXH3_64bits_withSeed(bytes, count, seed);
}
