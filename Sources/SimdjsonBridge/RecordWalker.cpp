#include "RecordWalker.h"

#include <cstring>

#include "JSONText.h"

namespace tidemill {

static inline bool isSpace(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

bool RecordWalker::record() {
  clearRow();
  uint32_t position;
  if (take(position) != '{') return fail("not a JSON object");
  if (!object(plan.nodes[0], 1)) return false;
  return tokens[next] >= lineEnd || fail("more behind the object");
}

void RecordWalker::clearRow() {
  hasMisfits = false;
  error = nullptr;
  for (size_t column = 0; column < plan.kinds.size(); column++) setNull(int32_t(column));
}

int32_t RecordWalker::firstMisfit() const {
  for (size_t column = 0; column < plan.kinds.size(); column++) {
    if (chunk.columns[column].validity[row] == misfit) return int32_t(column);
  }
  return -1;
}

// The keys of an object, from behind its `{` to its `}`.
bool RecordWalker::object(const PlanNode &node, unsigned depth) {
  if (depth > maximumDepth) return fail("nested too deep");
  uint32_t position;
  uint8_t byte = take(position);
  if (byte == '}') return true;
  size_t guess = 0;
  for (;;) {
    uint32_t end;
    if (byte != '"') return fail("a key is missing");
    if (!checkKey(position, end)) return false;
    const int32_t child = findKey(node, position, end, guess);
    if (child >= 0) {
      guess = size_t(child) + 1;
      if (!value(plan.nodes[node.children[size_t(child)].node], depth)) return false;
    } else if (!skipValue(depth)) {
      return false;
    }
    byte = take(position);
    if (byte == '}') return true;
    if (byte != ',') return fail("a comma or closing brace is missing");
    byte = take(position);
  }
}

bool RecordWalker::value(const PlanNode &node, unsigned depth) {
  uint32_t position;
  const uint8_t first = take(position);
  switch (first) {
    case '"':
      return string(node, position);
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
      return number(node, position);
    case '{':
      for (const int32_t column : node.below) setNull(column);
      if (!(node.children.empty() ? skipObject(depth + 1) : object(node, depth + 1))) return false;
      break;
    case '[': case 't': case 'f': case 'n':
      if (!skipAfter(first, position, depth)) return false;
      break;
    default:
      return fail("a value is missing or misspelt");
  }
  // The text of what was just read ends with its last token: a bracket, or the literal itself.
  const uint32_t last = tokens[next - 1];
  const uint32_t end = first == 't' || first == 'n' ? last + 4 : first == 'f' ? last + 5 : last + 1;
  if (first != '{') {
    for (const int32_t column : node.below) first == 'n' ? setNull(column) : setMisfit(column, position, end);
  }
  for (const int32_t column : node.columns) {
    if (first == 'n') {
      setNull(column);
    } else if (plan.kinds[size_t(column)] == tidemill_json_string) {
      storeRaw(column, position, end);
    } else if (plan.kinds[size_t(column)] == tidemill_json_boolean && (first == 't' || first == 'f')) {
      values<uint8_t>(column)[row] = first == 't';
      setValid(column);
    } else {
      setMisfit(column, position, end);
    }
  }
  return true;
}

bool RecordWalker::skipValue(unsigned depth) {
  uint32_t position;
  const uint8_t first = take(position);
  return skipAfter(first, position, depth);
}

// Checks the value whose first token is already taken.
bool RecordWalker::skipAfter(uint8_t first, uint32_t position, unsigned depth) {
  switch (first) {
    case '"': return checkString(position);
    case '{': return skipObject(depth + 1);
    case '[': return skipArray(depth + 1);
    case 't': case 'f': case 'n': return literal(first, position);
    default: {
      Number number;
      if ((first == '-' || uint8_t(first - '0') < 10) && readNumber(buffer + position, number)) return true;
      return fail("a value is missing or misspelt");
    }
  }
}

bool RecordWalker::skipObject(unsigned depth) {
  if (depth > maximumDepth) return fail("nested too deep");
  uint32_t position;
  uint8_t byte = take(position);
  if (byte == '}') return true;
  for (;;) {
    uint32_t end;
    if (byte != '"') return fail("a key is missing");
    if (!checkKey(position, end) || !skipValue(depth)) return false;
    byte = take(position);
    if (byte == '}') return true;
    if (byte != ',') return fail("a comma or closing brace is missing");
    byte = take(position);
  }
}

bool RecordWalker::skipArray(unsigned depth) {
  if (depth > maximumDepth) return fail("nested too deep");
  uint32_t position;
  uint8_t byte = take(position);
  if (byte == ']') return true;
  for (;;) {
    if (!skipAfter(byte, position, depth)) return false;
    byte = take(position);
    if (byte == ']') return true;
    if (byte != ',') return fail("a comma or closing bracket is missing");
    byte = take(position);
  }
}

// Finds the closing quote of the string at `position`: the last byte before the next token that is no white space.
bool RecordWalker::stringEnd(uint32_t position, uint32_t &end) {
  const uint32_t following = tokens[next] < lineEnd ? tokens[next] : lineEnd;
  uint32_t at = following - 1;
  while (at > position && isSpace(buffer[at])) at--;
  if (at <= position || buffer[at] != '"') return fail("a string is not closed");
  end = at;
  return true;
}

bool RecordWalker::checkString(uint32_t position) {
  uint32_t end;
  if (!stringEnd(position, end)) return false;
  if (hasEscapes && !hasValidEscapes(buffer + position + 1, buffer + end)) return fail("an unknown escape in a string");
  return true;
}

bool RecordWalker::checkKey(uint32_t position, uint32_t &end) {
  if (!stringEnd(position, end)) return false;
  uint32_t colon;
  if (take(colon) != ':') return fail("a colon is missing");
  if (hasEscapes && !hasValidEscapes(buffer + position + 1, buffer + end)) return fail("an unknown escape in a key");
  return true;
}

int32_t RecordWalker::findKey(const PlanNode &node, uint32_t position, uint32_t end, size_t guess) {
  const uint8_t *key = buffer + position + 1;
  size_t length = end - position - 1;
  if (hasEscapes && findBackslash(key, buffer + end) != buffer + end) {
    scratch.resize(length + 8);
    length = unescape(key, buffer + end, scratch.data());
    key = scratch.data();
  }
  return tidemill_json_plan::find(node, key, length, guess);
}

bool RecordWalker::literal(uint8_t first, uint32_t position) {
  const uint8_t *at = buffer + position;
  const bool matches = first == 'f'   ? std::memcmp(at, "false", 5) == 0 && endsScalar(at[5])
                       : first == 't' ? std::memcmp(at, "true", 4) == 0 && endsScalar(at[4])
                                      : std::memcmp(at, "null", 4) == 0 && endsScalar(at[4]);
  return matches || fail("a value is missing or misspelt");
}

bool RecordWalker::string(const PlanNode &node, uint32_t position) {
  uint32_t end;
  if (!stringEnd(position, end)) return false;
  if (hasEscapes && !hasValidEscapes(buffer + position + 1, buffer + end)) return fail("an unknown escape in a string");
  for (const int32_t column : node.below) setMisfit(column, position, end + 1);
  for (const int32_t column : node.columns) {
    switch (plan.kinds[size_t(column)]) {
      case tidemill_json_string: storeString(column, position + 1, end); break;
      case tidemill_json_decimal: case tidemill_json_date: case tidemill_json_timestamp:
        storeText(column, position + 1, end, 0);
        break;
      case tidemill_json_double: {
        const std::string text(reinterpret_cast<const char *>(buffer + position + 1), end - position - 1);
        double &value = values<double>(column)[row];
        if (text == "NaN") {
          value = __builtin_nan("");
        } else if (text == "Infinity") {
          value = __builtin_inf();
        } else if (text == "-Infinity") {
          value = -__builtin_inf();
        } else {
          setMisfit(column, position, end + 1);
          break;
        }
        setValid(column);
        break;
      }
      default: setMisfit(column, position, end + 1);
    }
  }
  return true;
}

bool RecordWalker::number(const PlanNode &node, uint32_t position) {
  Number number;
  if (!readNumber(buffer + position, number)) return fail("a number is misspelt");
  const uint32_t end = position + uint32_t(number.end - number.start);
  for (const int32_t column : node.below) setMisfit(column, position, end);
  for (const int32_t column : node.columns) storeNumber(column, number, position);
  return true;
}

}  // namespace tidemill
