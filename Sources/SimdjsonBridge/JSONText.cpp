#include "JSONText.h"

#include "SimdjsonBridge.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>

#if defined(__APPLE__)
#include <xlocale.h>
#endif

namespace tidemill {

bool endsScalar(uint8_t byte) {
  switch (byte) {
    case ',': case '}': case ']': case ':': case ' ': case '\t': case '\r': case '\n': return true;
    default: return false;
  }
}

static inline bool isDigit(uint8_t byte) { return uint8_t(byte - '0') < 10; }

bool readNumber(const uint8_t *start, Number &number) {
  const uint8_t *at = start;
  number.start = start;
  number.negative = *at == '-';
  at += number.negative;
  if (!isDigit(*at) || (*at == '0' && isDigit(at[1]))) return false;
  uint64_t mantissa = 0;
  int significant = 0;
  int64_t exponent = 0;
  number.plain = true;
  number.truncated = false;
  // 19 digits always fit into 64 bits.
  auto take = [&](uint8_t digit) {
    if (significant < 19) {
      mantissa = mantissa * 10 + digit;
      significant += mantissa != 0;
      return true;
    }
    number.truncated = true;
    return false;
  };
  for (; isDigit(*at); at++) exponent += !take(uint8_t(*at - '0'));
  if (*at == '.') {
    number.plain = false;
    at++;
    if (!isDigit(*at)) return false;
    for (; isDigit(*at); at++) exponent -= take(uint8_t(*at - '0'));
  }
  if ((*at | 0x20) == 'e') {
    number.plain = false;
    at++;
    const bool down = *at == '-';
    if (*at == '-' || *at == '+') at++;
    if (!isDigit(*at)) return false;
    int64_t power = 0;
    for (; isDigit(*at); at++) {
      if (power < 100000000) power = power * 10 + (*at - '0');
    }
    exponent += down ? -power : power;
  }
  if (!endsScalar(*at)) return false;
  number.end = at;
  number.mantissa = mantissa;
  number.exponent = exponent;
  return true;
}

static bool withSign(uint64_t magnitude, bool negative, int64_t &result) {
  const uint64_t limit = uint64_t(INT64_MAX) + negative;
  if (magnitude > limit) return false;
  result = int64_t(negative ? 0 - magnitude : magnitude);
  return true;
}

/// `1.50e1` and its like, digit by digit.
static bool integerOfAnyForm(const Number &number, int64_t &result) {
  std::string digits;
  int64_t power = 0;
  bool behindPoint = false;
  const uint8_t *at = number.start + number.negative;
  for (; at < number.end && (*at | 0x20) != 'e'; at++) {
    if (*at == '.') {
      behindPoint = true;
    } else {
      digits.push_back(char(*at));
      power -= behindPoint;
    }
  }
  if (at < number.end) {
    const bool down = at[1] == '-';
    int64_t written = 0;
    for (at += 1; at < number.end; at++) {
      if (isDigit(*at) && written < 1000000000000) written = written * 10 + (*at - '0');
    }
    power += down ? -written : written;
  }
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    power++;
  }
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) {
    result = 0;
    return true;
  }
  if (power < 0 || int64_t(digits.size() - first) + power > 19) return false;
  digits.append(size_t(power), '0');
  uint64_t magnitude = 0;
  for (size_t index = first; index < digits.size(); index++) magnitude = magnitude * 10 + uint64_t(digits[index] - '0');
  return withSign(magnitude, number.negative, result);
}

bool asInteger(const Number &number, int64_t &result) {
  if (number.plain && !number.truncated) return withSign(number.mantissa, number.negative, result);
  return integerOfAnyForm(number, result);
}

bool asDouble(const Number &number, double &result) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  // Both factors are exact doubles, so the one rounding is the right one.
  if (!number.truncated && number.mantissa <= (uint64_t(1) << 53) && number.exponent >= -22 && number.exponent <= 22) {
    double value = double(number.mantissa);
    value = number.exponent < 0 ? value / powers[-number.exponent] : value * powers[number.exponent];
    result = number.negative ? -value : value;
    return true;
  }
  const char *start = reinterpret_cast<const char *>(number.start);
#if defined(__cpp_lib_to_chars)
  const auto parsed = std::from_chars(start, reinterpret_cast<const char *>(number.end), result);
  if (parsed.ec == std::errc::result_out_of_range) {
    if (number.exponent > 0) return false;
    result = number.negative ? -0.0 : 0.0;
  }
  return true;
#else
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  result = strtod_l(start, nullptr, plain);
  return result - result == 0;
#endif
}

const uint8_t *findBackslash(const uint8_t *start, const uint8_t *end) {
  const void *found = start < end ? std::memchr(start, '\\', size_t(end - start)) : nullptr;
  return found ? static_cast<const uint8_t *>(found) : end;
}

static inline int hexDigit(uint8_t byte) {
  if (isDigit(byte)) return byte - '0';
  const uint8_t lower = byte | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Four hex digits as a number, or -1.
static int32_t hexWord(const uint8_t *at, const uint8_t *end) {
  if (end - at < 4) return -1;
  int32_t value = 0;
  for (int index = 0; index < 4; index++) {
    const int digit = hexDigit(at[index]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

bool hasValidEscapes(const uint8_t *start, const uint8_t *end) {
  for (const uint8_t *at = findBackslash(start, end); at < end; at = findBackslash(at, end)) {
    if (end - at < 2) return false;
    switch (at[1]) {
      case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': at += 2; break;
      case 'u':
        if (hexWord(at + 2, end) < 0) return false;
        at += 6;
        break;
      default: return false;
    }
  }
  return true;
}

static uint8_t *writeCodePoint(uint32_t point, uint8_t *to) {
  if (point < 0x80) {
    *to++ = uint8_t(point);
  } else if (point < 0x800) {
    *to++ = uint8_t(0xC0 | point >> 6);
    *to++ = uint8_t(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    *to++ = uint8_t(0xE0 | point >> 12);
    *to++ = uint8_t(0x80 | (point >> 6 & 0x3F));
    *to++ = uint8_t(0x80 | (point & 0x3F));
  } else {
    *to++ = uint8_t(0xF0 | point >> 18);
    *to++ = uint8_t(0x80 | (point >> 12 & 0x3F));
    *to++ = uint8_t(0x80 | (point >> 6 & 0x3F));
    *to++ = uint8_t(0x80 | (point & 0x3F));
  }
  return to;
}

size_t unescape(const uint8_t *start, const uint8_t *end, uint8_t *to) {
  uint8_t *const first = to;
  for (const uint8_t *at = start; at < end;) {
    const uint8_t *next = findBackslash(at, end);
    std::memcpy(to, at, size_t(next - at));
    to += next - at;
    if (next == end) break;
    at = next + 2;
    switch (next[1]) {
      case 'b': *to++ = '\b'; break;
      case 'f': *to++ = '\f'; break;
      case 'n': *to++ = '\n'; break;
      case 'r': *to++ = '\r'; break;
      case 't': *to++ = '\t'; break;
      case 'u': {
        uint32_t point = uint32_t(hexWord(next + 2, end));
        at = next + 6;
        if (point >= 0xD800 && point < 0xE000) {
          int32_t low = -1;
          if (point < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') low = hexWord(at + 2, end);
          if (low >= 0xDC00 && low < 0xE000) {
            point = 0x10000 + ((point - 0xD800) << 10) + (uint32_t(low) - 0xDC00);
            at += 6;
          } else {
            point = 0xFFFD;
          }
        }
        to = writeCodePoint(point, to);
        break;
      }
      default: *to++ = next[1];
    }
  }
  return size_t(to - first);
}

}  // namespace tidemill

extern "C" int32_t tidemill_json_integer(const uint8_t *text, int64_t *value, size_t *length) {
  tidemill::Number number;
  if (!tidemill::readNumber(text, number)) return tidemill_json_no_number;
  *length = size_t(number.end - number.start);
  return tidemill::asInteger(number, *value) ? tidemill_json_number_fits : tidemill_json_number_misfit;
}

extern "C" int32_t tidemill_json_double_value(const uint8_t *text, double *value, size_t *length) {
  tidemill::Number number;
  if (!tidemill::readNumber(text, number)) return tidemill_json_no_number;
  *length = size_t(number.end - number.start);
  return tidemill::asDouble(number, *value) ? tidemill_json_number_fits : tidemill_json_number_misfit;
}

extern "C" size_t tidemill_json_unescape(const uint8_t *text, size_t count, uint8_t *to) {
  return tidemill::unescape(text, text + count, to);
}
