// Sixteen bytes at a time, for Swift's hot loops: compare them, and find where a string may end.
//
// Swift's own vectors have no fast way from a mask to a number. These functions are inlined into the Swift code that calls them.
// All of them read 16 bytes, whether or not all of those count.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

/// A set of places among 16 bytes. How it lies in the number depends on the machine.
typedef uint64_t tidemill_byte_mask;

#if defined(__SSE2__) || !(defined(__aarch64__) && defined(__ARM_NEON))
// One bit a byte.
enum { tidemill_mask_step_log2 = 0 };
#define TIDEMILL_EVERY_BYTE ((tidemill_byte_mask)0xFFFF)
/// Never the place of a byte: `tidemill_difference` always has it, so that who asks for it as well always finds a difference.
#define TIDEMILL_NO_BYTE ((tidemill_byte_mask)1 << 16)
#else
// One bit in four.
enum { tidemill_mask_step_log2 = 2 };
#define TIDEMILL_EVERY_BYTE ((tidemill_byte_mask)0x1111111111111111)
#define TIDEMILL_NO_BYTE ((tidemill_byte_mask)2)
#endif

static inline tidemill_byte_mask tidemill_every_byte(void) { return TIDEMILL_EVERY_BYTE; }
static inline tidemill_byte_mask tidemill_no_byte(void) { return TIDEMILL_NO_BYTE; }

/// The first `count` of 16 bytes.
static inline tidemill_byte_mask tidemill_first_bytes(size_t count) {
  return count >= 16 ? TIDEMILL_EVERY_BYTE
                     : TIDEMILL_EVERY_BYTE & (((tidemill_byte_mask)1 << (count << tidemill_mask_step_log2)) - 1);
}

/// The lowest place in a mask of bytes; 16 when there is none.
static inline size_t tidemill_lowest(tidemill_byte_mask mask) {
#if defined(__SSE2__) || !(defined(__aarch64__) && defined(__ARM_NEON))
  return (size_t)__builtin_ctz((uint32_t)mask | 0x10000);
#else
  return mask ? (size_t)__builtin_ctzll(mask) >> 2 : 16;
#endif
}

// What each machine does in its own way:
//
// - `tidemill_difference`: where two times 16 bytes differ, and `tidemill_no_byte`.
// - `tidemill_text_stops`: where a plain ASCII string may not just go on: quotes, backslashes, control characters, bytes from 0x80.
// - `tidemill_unicode_stops`: the same without the bytes from 0x80.
// - `tidemill_beyond_ascii`: where bytes from 0x80 are.
// - `tidemill_store_short`: a string of up to 12 bytes as TidemillColumns.StringView.

#if defined(__SSE2__)

static inline tidemill_byte_mask tidemill_difference(const uint8_t *one, const uint8_t *two) {
  const __m128i left = _mm_loadu_si128((const __m128i *)one);
  const __m128i right = _mm_loadu_si128((const __m128i *)two);
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) ^ 0x1FFFFu;
}

static inline tidemill_byte_mask tidemill_text_stops(const uint8_t *text) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)text);
  // Compared with their sign, bytes from 0x80 on are less than a space as well.
  const __m128i odd = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), odd));
}

static inline tidemill_byte_mask tidemill_unicode_stops(const uint8_t *text) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)text);
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control));
}

static inline tidemill_byte_mask tidemill_beyond_ascii(const uint8_t *text) {
  return (uint32_t)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)text));
}

static inline void tidemill_store_short(void *view, const uint8_t *text, size_t count) {
  // The text moves up to make room for its length; of what is behind it nothing may stay.
  static const uint8_t kept[28] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  const __m128i mask = _mm_loadu_si128((const __m128i *)(kept + 12 - count));
  const __m128i text16 = _mm_slli_si128(_mm_loadu_si128((const __m128i *)text), 4);
  const __m128i inside = _mm_and_si128(text16, mask);
  _mm_storeu_si128((__m128i *)view, _mm_or_si128(inside, _mm_cvtsi32_si128((int)count)));
}

#elif defined(__aarch64__) && defined(__ARM_NEON)

static inline tidemill_byte_mask tidemill_of_lanes(uint8x16_t lanes) {
  const uint8x8_t nibbles = vshrn_n_u16(vreinterpretq_u16_u8(lanes), 4);
  return vget_lane_u64(vreinterpret_u64_u8(nibbles), 0) & TIDEMILL_EVERY_BYTE;
}

static inline tidemill_byte_mask tidemill_beyond_ascii(const uint8_t *text) {
  return tidemill_of_lanes(vcltzq_s8(vreinterpretq_s8_u8(vld1q_u8(text))));
}

static inline tidemill_byte_mask tidemill_difference(const uint8_t *one, const uint8_t *two) {
  return tidemill_of_lanes(vmvnq_u8(vceqq_u8(vld1q_u8(one), vld1q_u8(two)))) | TIDEMILL_NO_BYTE;
}

static inline tidemill_byte_mask tidemill_unicode_stops(const uint8_t *text) {
  const uint8x16_t bytes = vld1q_u8(text);
  const uint8x16_t ends = vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\')));
  return tidemill_of_lanes(vorrq_u8(ends, vcltq_u8(bytes, vdupq_n_u8(0x20))));
}

static inline tidemill_byte_mask tidemill_text_stops(const uint8_t *text) {
  const uint8x16_t bytes = vld1q_u8(text);
  const uint8x16_t ends = vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\')));
  return tidemill_of_lanes(vorrq_u8(ends, vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20))));
}

#else

/// The high bits of eight bytes, as one bit a byte.
static inline tidemill_byte_mask tidemill_high_bits(uint64_t word) {
  return ((word >> 7 & 0x0101010101010101u) * 0x0102040810204080u) >> 56;
}

/// High bits where a byte is zero, exactly.
static inline uint64_t tidemill_zeros(uint64_t word) {
  const uint64_t low = 0x7F7F7F7F7F7F7F7Fu;
  return ~(((word & low) + low) | word | low);
}

static inline uint64_t tidemill_word(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

static inline tidemill_byte_mask tidemill_difference(const uint8_t *one, const uint8_t *two) {
  const uint64_t low = tidemill_zeros(tidemill_word(one) ^ tidemill_word(two));
  const uint64_t high = tidemill_zeros(tidemill_word(one + 8) ^ tidemill_word(two + 8));
  return (tidemill_high_bits(low) | tidemill_high_bits(high) << 8) ^ 0x1FFFFu;
}

static inline uint64_t tidemill_stops_of_word(uint64_t word) {
  const uint64_t quote = tidemill_zeros(word ^ 0x2222222222222222u);
  const uint64_t backslash = tidemill_zeros(word ^ 0x5C5C5C5C5C5C5C5Cu);
  // Neither the sixth nor the seventh nor the eighth bit: below a space.
  return quote | backslash | tidemill_zeros(word & 0xE0E0E0E0E0E0E0E0u);
}

static inline tidemill_byte_mask tidemill_unicode_stops(const uint8_t *text) {
  return tidemill_high_bits(tidemill_stops_of_word(tidemill_word(text))) |
         tidemill_high_bits(tidemill_stops_of_word(tidemill_word(text + 8))) << 8;
}

static inline tidemill_byte_mask tidemill_beyond_ascii(const uint8_t *text) {
  return tidemill_high_bits(tidemill_word(text)) | tidemill_high_bits(tidemill_word(text + 8)) << 8;
}

static inline tidemill_byte_mask tidemill_text_stops(const uint8_t *text) {
  const uint64_t low = tidemill_word(text);
  const uint64_t high = tidemill_word(text + 8);
  return tidemill_high_bits(tidemill_stops_of_word(low) | low) | tidemill_high_bits(tidemill_stops_of_word(high) | high) << 8;
}

#endif

#if !defined(__SSE2__)
static inline void tidemill_store_short(void *view, const uint8_t *text, size_t count) {
  uint64_t low;
  uint64_t high;
  memcpy(&low, text, 8);
  memcpy(&high, text + 8, 8);
  if (count < 8) {
    low &= ((uint64_t)1 << (count * 8)) - 1;
    high = 0;
  } else {
    high &= ((uint64_t)1 << ((count - 8) * 8)) - 1;
  }
  const uint64_t words[2] = {(uint64_t)count | low << 32, low >> 32 | high << 32};
  memcpy(view, words, 16);
}
#endif

/// The same number, of which the compiler does not know that it is the same.
static inline intptr_t tidemill_opaque(intptr_t number) {
  __asm__ volatile("" : "+r"(number));
  return number;
}

/// Copies 16 bytes.
static inline void tidemill_copy16(uint8_t *to, const uint8_t *from) { memcpy(to, from, 16); }

/// Milliseconds since midnight of `T12:34:56.789Z"`, of which 15 bytes lie behind `text`; -1 when something else stands there.
static inline int64_t tidemill_clock(const uint8_t *text) {
#if defined(__SSE2__)
  // What is left of each byte may be so much at most: nothing of what is no digit. The first one does not count.
  const __m128i least = _mm_setr_epi8(0, 'T', '0', '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z', '"');
  const __m128i most = _mm_setr_epi8(-1, 0, 2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0, 0);
  const __m128i rest = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)text), least);
  if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(rest, most), rest)) != 0xFFFF) return -1;
  // Tens and ones of hours lie in bytes 2 and 3, of minutes in 5 and 6, of seconds in 8 and 9; milliseconds in 11 to 13.
  const uint64_t low = (uint64_t)_mm_cvtsi128_si64(rest) >> 16;
  const uint64_t high = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(rest, rest));
  const uint64_t low_pairs = low * 10 + (low >> 8);
  const uint64_t high_pairs = high * 10 + (high >> 8);
  const uint64_t minutes = ((low_pairs & 0xFF0000FF) * (60u << 24 | 1) >> 24) & 0xFFF;
  const uint64_t fraction = (high_pairs & 0xFF) * 1000 + (high_pairs >> 24 & 0xFF) * 10 + (high >> 40 & 0xFF);
  // There are hours up to 29 yet.
  return minutes < 24 * 60 ? (int64_t)(minutes * 60000 + fraction) : -1;
#else
  static const uint8_t form[17] = "?T00:00:00.000Z\"";
  static const uint8_t most[16] = {255, 0, 2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0, 0};
  uint32_t digits[16];
  uint32_t odd = 0;
  digits[0] = 0;
  for (int index = 1; index < 16; index++) {
    digits[index] = (uint8_t)(text[index] - form[index]);
    odd |= digits[index] > most[index];
  }
  const uint32_t hours = digits[2] * 10 + digits[3];
  const uint32_t minutes = hours * 60 + digits[5] * 10 + digits[6];
  const uint32_t seconds = minutes * 60 + digits[8] * 10 + digits[9];
  const uint32_t milliseconds = digits[11] * 100 + digits[12] * 10 + digits[13];
  return odd || hours > 23 ? -1 : (int64_t)seconds * 1000 + milliseconds;
#endif
}

enum { tidemill_phrase_capacity = 48, tidemill_phrases_log2 = 12 };

/// A value that was found good before. All zeros: none.
typedef struct {
  uint8_t text[tidemill_phrase_capacity];
  uint64_t length;
  /// How many of 64 bytes are not compared. The value is among those that are, and so is the byte behind a number.
  uint64_t ignored;
} tidemill_phrase;

/// Memory for `1 << tidemill_phrases_log2` phrases and one more, so that they can begin where a cache line does. Pages that no phrase
/// is written to cost nothing.
static inline void *tidemill_phrases_memory(void) {
  return calloc(((size_t)1 << tidemill_phrases_log2) + 1, sizeof(tidemill_phrase));
}

static inline void tidemill_phrases_free(void *memory) { free(memory); }

/// Where among `1 << tidemill_phrases_log2` phrases the value at `text` lies, if it does.
static inline size_t tidemill_phrase_place(const uint8_t *text) {
  uint64_t low;
  uint64_t high;
  memcpy(&low, text, 8);
  memcpy(&high, text + 8, 8);
  return (size_t)((low * 0x9E3779B97F4A7C15u + high * 0xC2B2AE3D27D4EB4Fu) >> (64 - tidemill_phrases_log2));
}

/// The length of the known value at `text`, of which 48 bytes are read; zero when there is none.
static inline size_t tidemill_phrase_length(const tidemill_phrase *phrases, const uint8_t *text) {
  const tidemill_phrase *phrase = phrases + tidemill_phrase_place(text);
#if defined(__SSE2__) || !(defined(__aarch64__) && defined(__ARM_NEON))
  // The bit above the last byte is always set.
  const uint64_t difference = (tidemill_difference(text, phrase->text) & 0xFFFF) |
                              (tidemill_difference(text + 16, phrase->text + 16) & 0xFFFF) << 16 |
                              tidemill_difference(text + 32, phrase->text + 32) << 32;
  return difference << phrase->ignored ? 0 : (size_t)phrase->length;
#else
  const size_t compared = 64 - (size_t)phrase->ignored;
  tidemill_byte_mask difference = compared > tidemill_phrase_capacity;
  for (size_t index = 0; index < tidemill_phrase_capacity; index += 16) {
    const size_t rest = compared > index ? compared - index : 0;
    difference |= tidemill_difference(text + index, phrase->text + index) & tidemill_first_bytes(rest);
  }
  return difference ? 0 : (size_t)phrase->length;
#endif
}

/// 10^exponent for 0...18.
static inline int64_t tidemill_power_of_ten(intptr_t exponent) {
  static const int64_t powers[] = {1,
                                   10,
                                   100,
                                   1000,
                                   10000,
                                   100000,
                                   1000000,
                                   10000000,
                                   100000000,
                                   1000000000,
                                   10000000000,
                                   100000000000,
                                   1000000000000,
                                   10000000000000,
                                   100000000000000,
                                   1000000000000000,
                                   10000000000000000,
                                   100000000000000000,
                                   1000000000000000000};
  return powers[exponent];
}
