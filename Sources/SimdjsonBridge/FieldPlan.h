// The keys that are wanted, as a tree: which child of which object is which column.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace tidemill {

inline uint64_t load64(const uint8_t *bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, 8);
  return word;
}

/// The first `count` of eight bytes, the others zero. Little-endian, as all supported machines are.
inline uint64_t keepBytes(uint64_t word, size_t count) {
  return count >= 8 ? word : word & ((uint64_t(1) << (count * 8)) - 1);
}

struct WantedKey {
  /// The first eight bytes, padded with zeros: most keys differ there or in their length.
  uint64_t word;
  size_t length;
  std::string text;
  size_t node;
};

/// A place in a record that is wanted, or that leads to one.
struct PlanNode {
  /// The columns that this value goes to; nearly always one or none.
  std::vector<int32_t> columns;
  std::vector<WantedKey> children;
  /// All columns below, which a later duplicate of this key sets anew.
  std::vector<int32_t> below;
  /// Indices into `children` by hash, -1 for none; empty while there are few children.
  std::vector<int32_t> table;
};

inline size_t keyHash(uint64_t word, size_t length) {
  return size_t(((word ^ length) * 0x9E3779B97F4A7C15u) >> 32);
}

}  // namespace tidemill

struct tidemill_json_plan {
  std::vector<tidemill::PlanNode> nodes{1};
  std::vector<int32_t> kinds;

  static constexpr size_t few = 12;

  size_t childOf(size_t parent, const uint8_t *key, size_t length);
  void add(int32_t kind, const uint8_t *parts, const size_t *lengths, size_t count);

  /// The index of the child with this key in `node.children`, or -1. Keys mostly come in the order they are wanted in, so the
  /// search begins at `guess`. At least eight bytes must be readable at `key`.
  static inline int32_t find(const tidemill::PlanNode &node, const uint8_t *key, size_t length, size_t guess) {
    const size_t count = node.children.size();
    const uint64_t word = tidemill::keepBytes(tidemill::load64(key), length);
    auto matches = [&](size_t index) {
      const auto &child = node.children[index];
      return child.word == word && child.length == length &&
             (length <= 8 || std::memcmp(child.text.data() + 8, key + 8, length - 8) == 0);
    };
    if (guess < count && matches(guess)) return int32_t(guess);
    if (node.table.empty()) {
      for (size_t index = 0; index < count; index++) {
        if (matches(index)) return int32_t(index);
      }
      return -1;
    }
    const size_t mask = node.table.size() - 1;
    for (size_t slot = tidemill::keyHash(word, length) & mask;; slot = (slot + 1) & mask) {
      const int32_t index = node.table[slot];
      if (index < 0) return -1;
      if (matches(size_t(index))) return index;
    }
  }
};
