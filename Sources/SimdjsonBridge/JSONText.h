// Numbers and strings of JSON, read from text that goes on for at least eight readable bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidemill {

/// A number token, taken apart: (-1)^negative × mantissa × 10^exponent.
struct Number {
  const uint8_t *start;
  const uint8_t *end;
  bool negative;
  /// No point and no exponent.
  bool plain;
  /// More than 19 digits: `mantissa` lacks some of them.
  bool truncated;
  uint64_t mantissa;
  int64_t exponent;
};

/// Whether a number or literal may end before this byte.
bool endsScalar(uint8_t byte);

/// Reads a number by JSON's grammar; false when it is none.
bool readNumber(const uint8_t *start, Number &number);

/// The integer that the number is exactly, `1e3` and `2.0` included; false when it is none within 64 bits.
bool asInteger(const Number &number, int64_t &result);

/// The nearest double; false when it is beyond the largest.
bool asDouble(const Number &number, double &result);

/// Where the first backslash lies, or `end`.
const uint8_t *findBackslash(const uint8_t *start, const uint8_t *end);

/// Whether all escapes are ones that JSON knows.
bool hasValidEscapes(const uint8_t *start, const uint8_t *end);

/// Writes the string without its escapes and returns how many bytes that took, never more than there were. The escapes must be
/// valid. Half a surrogate pair becomes U+FFFD, so that the result is always UTF-8.
size_t unescape(const uint8_t *start, const uint8_t *end, uint8_t *to);

}  // namespace tidemill
