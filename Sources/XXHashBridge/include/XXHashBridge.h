#pragma once
#include <stddef.h>
#include <stdint.h>

/// XXH64 of `count` bytes of any alignment.
uint64_t tidemill_xxh64(const void *bytes, size_t count, uint64_t seed);

/// XXH3 of `count` bytes of any alignment, with the widest vectors that this processor has. The same on all processors.
uint64_t tidemill_xxh3(const void *bytes, size_t count, uint64_t seed);
