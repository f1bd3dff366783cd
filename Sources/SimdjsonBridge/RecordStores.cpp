// How a value gets into its column.
#include <cstring>

#include "JSONText.h"
#include "RecordWalker.h"

namespace tidemill {

void RecordWalker::setNull(int32_t column) {
  chunk.columns[column].validity[row] = 0;
  // A null's value is unspecified, not undefined: nobody may find a view into nowhere there.
  switch (plan.kinds[size_t(column)]) {
    case tidemill_json_boolean: values<uint8_t>(column)[row] = 0; break;
    case tidemill_json_int: case tidemill_json_bigint: values<int64_t>(column)[row] = 0; break;
    case tidemill_json_double: values<double>(column)[row] = 0; break;
    default: values<tidemill_json_view>(column)[row] = {0, 0};
  }
}

void RecordWalker::setMisfit(int32_t column, uint32_t from, uint32_t to) {
  chunk.columns[column].validity[row] = misfit;
  misfits[size_t(column)] = {bufferOffset + from, to - from};
  hasMisfits = true;
}

static tidemill_json_view shortView(const uint8_t *bytes, uint64_t length) {
  uint64_t low = load64(bytes);
  uint64_t high = 0;
  if (length <= 8) {
    low = keepBytes(low, length);
  } else {
    high = keepBytes(load64(bytes + 8), length - 8);
  }
  return {length | low << 32, low >> 32 | high << 32};
}

void RecordWalker::storeString(int32_t column, uint32_t from, uint32_t to) {
  auto &target = chunk.columns[column];
  const uint8_t *start = buffer + from;
  if (hasEscapes && findBackslash(start, buffer + to) != buffer + to) {
    // What is behind the text in the heap is free: a short result is read from there and given back.
    const size_t length = unescape(start, buffer + to, target.heap + target.heap_count);
    const uint8_t *text = target.heap + target.heap_count;
    if (length <= 12) {
      uint8_t padded[24] = {0};
      std::memcpy(padded, text, length);
      values<tidemill_json_view>(column)[row] = shortView(padded, length);
    } else {
      values<tidemill_json_view>(column)[row] = {uint64_t(length) | keepBytes(load64(text), 4) << 32, target.heap_count};
      target.heap_count += length;
    }
    setValid(column);
    return;
  }
  storeRaw(column, from, to);
}

void RecordWalker::storeRaw(int32_t column, uint32_t from, uint32_t to) {
  auto &target = chunk.columns[column];
  const uint8_t *start = buffer + from;
  const uint64_t length = to - from;
  if (length <= 12) {
    values<tidemill_json_view>(column)[row] = shortView(start, length);
  } else {
    std::memcpy(target.heap + target.heap_count, start, length);
    values<tidemill_json_view>(column)[row] = {length | keepBytes(load64(start), 4) << 32, target.heap_count};
    target.heap_count += length;
  }
  setValid(column);
}

void RecordWalker::storeText(int32_t column, uint32_t from, uint32_t to, uint32_t flags) {
  tidemill_json_span span = {bufferOffset + from, to - from, flags};
  if (hasEscapes && findBackslash(buffer + from, buffer + to) != buffer + to) {
    auto &target = chunk.columns[column];
    const size_t length = unescape(buffer + from, buffer + to, target.heap + target.heap_count);
    span = {target.heap_count, uint32_t(length), flags | tidemill_json_in_heap};
    target.heap_count += length;
  }
  values<tidemill_json_span>(column)[row] = span;
  setValid(column);
}

void RecordWalker::storeNumber(int32_t column, const Number &number, uint32_t from) {
  const uint32_t to = from + uint32_t(number.end - number.start);
  int64_t integer;
  switch (plan.kinds[size_t(column)]) {
    case tidemill_json_int:
      if (!asInteger(number, integer) || integer != int64_t(int32_t(integer))) return setMisfit(column, from, to);
      values<int64_t>(column)[row] = integer;
      return setValid(column);
    case tidemill_json_bigint:
      if (!asInteger(number, integer)) return setMisfit(column, from, to);
      values<int64_t>(column)[row] = integer;
      return setValid(column);
    case tidemill_json_double:
      if (!asDouble(number, values<double>(column)[row])) return setMisfit(column, from, to);
      return setValid(column);
    case tidemill_json_string: return storeRaw(column, from, to);
    case tidemill_json_decimal: case tidemill_json_timestamp:
      return storeText(column, from, to, tidemill_json_was_number);
    default: setMisfit(column, from, to);
  }
}

}  // namespace tidemill
