#include "FieldPlan.h"

#include "SimdjsonBridge.h"

using namespace tidemill;

size_t tidemill_json_plan::childOf(size_t parent, const uint8_t *key, size_t length) {
  std::string text(reinterpret_cast<const char *>(key), length);
  for (const auto &child : nodes[parent].children) {
    if (child.text == text) return child.node;
  }
  std::string padded = text;
  padded.resize(length + 8, '\0');
  const uint64_t word = keepBytes(load64(reinterpret_cast<const uint8_t *>(padded.data())), length);
  const size_t node = nodes.size();
  nodes.emplace_back();
  auto &siblings = nodes[parent].children;
  siblings.push_back({word, length, text, node});
  if (siblings.size() > few) {
    auto &table = nodes[parent].table;
    size_t size = 32;
    while (size < siblings.size() * 2) size *= 2;
    table.assign(size, -1);
    for (size_t index = 0; index < siblings.size(); index++) {
      size_t slot = keyHash(siblings[index].word, siblings[index].length) & (size - 1);
      while (table[slot] >= 0) slot = (slot + 1) & (size - 1);
      table[slot] = int32_t(index);
    }
  }
  return node;
}

void tidemill_json_plan::add(int32_t kind, const uint8_t *parts, const size_t *lengths, size_t count) {
  const int32_t column = int32_t(kinds.size());
  kinds.push_back(kind);
  size_t node = 0;
  for (size_t part = 0; part < count; part++) {
    if (part > 0) nodes[node].below.push_back(column);
    node = childOf(node, parts, lengths[part]);
    parts += lengths[part];
  }
  nodes[node].columns.push_back(column);
}

extern "C" tidemill_json_plan *tidemill_json_plan_create(void) { return new tidemill_json_plan(); }

extern "C" void tidemill_json_plan_destroy(tidemill_json_plan *plan) { delete plan; }

extern "C" void tidemill_json_plan_add(
    tidemill_json_plan *plan, int32_t kind, const uint8_t *parts, const size_t *part_lengths, size_t part_count) {
  plan->add(kind, parts, part_lengths, part_count);
}
