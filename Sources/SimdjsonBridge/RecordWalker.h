// Walks the tokens of one record, checks its grammar and writes the wanted values into the columns.
#pragma once

#include <cstdint>
#include <vector>

#include "FieldPlan.h"
#include "SimdjsonBridge.h"

namespace tidemill {

/// Where a value stands in the input that its column cannot take.
struct Misfit {
  uint64_t offset;
  uint64_t length;
};

struct RecordWalker {
  const tidemill_json_plan &plan;
  tidemill_json_chunk &chunk;
  /// Per column, for those whose validity says `misfit`.
  std::vector<Misfit> &misfits;
  std::vector<uint8_t> &scratch;

  /// The bytes of the piece that the token positions count from; readable for 64 bytes beyond its end.
  const uint8_t *buffer = nullptr;
  /// Where `buffer` begins in the input.
  uint64_t bufferOffset = 0;
  const uint32_t *tokens = nullptr;
  /// The next token.
  size_t next = 0;
  /// Where the line ends in `buffer`. Tokens from there on are another line's.
  uint32_t lineEnd = 0;
  /// Whether there may be backslashes.
  bool hasEscapes = false;
  size_t row = 0;
  bool hasMisfits = false;
  const char *error = nullptr;

  static constexpr uint8_t misfit = 2;
  static constexpr unsigned maximumDepth = 1024;

  /// Reads one record into `row`. False when the line is malformed; then `error` says why.
  bool record();

  /// The first column whose value has the wrong type, or -1.
  int32_t firstMisfit() const;

 private:
  bool fail(const char *message) {
    error = message;
    return false;
  }

  /// The next token's first byte; 0 at the end of the line.
  uint8_t take(uint32_t &position) {
    position = tokens[next];
    if (position >= lineEnd) return 0;
    next++;
    return buffer[position];
  }

  void clearRow();
  bool object(const PlanNode &node, unsigned depth);
  bool value(const PlanNode &node, unsigned depth);
  bool skipValue(unsigned depth);
  bool skipAfter(uint8_t first, uint32_t position, unsigned depth);
  bool skipObject(unsigned depth);
  bool skipArray(unsigned depth);
  bool checkKey(uint32_t position, uint32_t &end);
  int32_t findKey(const PlanNode &node, uint32_t position, uint32_t end, size_t guess);
  bool stringEnd(uint32_t position, uint32_t &end);
  bool checkString(uint32_t position);
  bool literal(uint8_t first, uint32_t position);
  bool string(const PlanNode &node, uint32_t position);
  bool number(const PlanNode &node, uint32_t position);
  void storeString(int32_t column, uint32_t from, uint32_t to);
  void storeText(int32_t column, uint32_t from, uint32_t to, uint32_t flags);
  void storeRaw(int32_t column, uint32_t from, uint32_t to);
  void storeNumber(int32_t column, const struct Number &number, uint32_t from);
  void setNull(int32_t column);
  void setMisfit(int32_t column, uint32_t from, uint32_t to);

  template <typename Element>
  Element *values(int32_t column) const { return static_cast<Element *>(chunk.columns[column].values); }
  void setValid(int32_t column) { chunk.columns[column].validity[row] = 1; }
};

}  // namespace tidemill
