// Finds bytes in text, 64 at a time, for Swift: which of them are a separator, a quote or a line end.
#pragma once

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

/// Which of the 64 bytes from `bytes` on are `wanted`: a bit each, the lowest for the first byte.
static inline uint64_t tidemill_matching_bytes(const uint8_t *bytes, uint8_t wanted) {
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8((char)wanted);
  const __m128i *blocks = (const __m128i *)(const void *)bytes;
  uint64_t bits0 = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(blocks), pattern));
  uint64_t bits1 = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(blocks + 1), pattern));
  uint64_t bits2 = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(blocks + 2), pattern));
  uint64_t bits3 = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(blocks + 3), pattern));
  return bits0 | bits1 << 16 | bits2 << 32 | bits3 << 48;
#elif defined(__ARM_NEON) && defined(__aarch64__)
  // Each byte keeps the bit of its place among eight; three rounds of adding neighbours bring 64 of them into eight bytes.
  const uint8x16_t pattern = vdupq_n_u8(wanted);
  const uint8x16_t places = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t bits0 = vandq_u8(vceqq_u8(vld1q_u8(bytes), pattern), places);
  uint8x16_t bits1 = vandq_u8(vceqq_u8(vld1q_u8(bytes + 16), pattern), places);
  uint8x16_t bits2 = vandq_u8(vceqq_u8(vld1q_u8(bytes + 32), pattern), places);
  uint8x16_t bits3 = vandq_u8(vceqq_u8(vld1q_u8(bytes + 48), pattern), places);
  uint8x16_t sum = vpaddq_u8(vpaddq_u8(bits0, bits1), vpaddq_u8(bits2, bits3));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
#else
  const uint64_t low = 0x7F7F7F7F7F7F7F7FULL;
  uint64_t result = 0;
  for (int index = 0; index < 64; index += 8) {
    uint64_t word = 0;
    for (int byte = 0; byte < 8; byte++) word |= (uint64_t)bytes[index + byte] << (8 * byte);
    word ^= 0x0101010101010101ULL * wanted;
    // The highest bit of each byte that is zero now, brought together by one multiplication.
    uint64_t zeros = ~(((word & low) + low) | word | low);
    result |= ((zeros >> 7) * 0x0102040810204080ULL >> 56) << index;
  }
  return result;
#endif
}
