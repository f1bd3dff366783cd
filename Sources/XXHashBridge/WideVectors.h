#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
/// XXH3 for processors with AVX2.
uint64_t tidemill_xxh3_avx2(const void *bytes, size_t count, uint64_t seed);
#endif
