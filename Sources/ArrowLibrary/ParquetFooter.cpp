// What a Parquet file says of itself: row groups, columns, statistics.
#ifdef TIDEMILL_LAKE
#include "ParquetFooter.h"

#include <arrow/util/config.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include "Failure.h"

static int64_t units_a_second(const parquet::ColumnDescriptor &leaf) {
  const auto &type = leaf.logical_type();
  if (type == nullptr || !type->is_timestamp()) return 0;
  switch (static_cast<const parquet::TimestampLogicalType &>(*type).time_unit()) {
    case parquet::LogicalType::TimeUnit::MILLIS: return 1'000;
    case parquet::LogicalType::TimeUnit::MICROS: return 1'000'000;
    case parquet::LogicalType::TimeUnit::NANOS: return 1'000'000'000;
    default: return 0;
  }
}

static bool is_unsigned(const parquet::ColumnDescriptor &leaf) {
  bool is_integer = leaf.physical_type() == parquet::Type::INT32 || leaf.physical_type() == parquet::Type::INT64;
  return is_integer && leaf.sort_order() == parquet::SortOrder::UNSIGNED;
}

tidemill_parquet_footer *tidemill::make_footer(std::shared_ptr<parquet::FileMetaData> metadata) {
  auto footer = std::make_unique<tidemill_parquet_footer>();
  const auto *schema = metadata->schema();
  for (int leaf = 0; leaf < schema->num_columns(); leaf++) footer->paths.push_back(schema->Column(leaf)->path()->ToDotString());
  for (int leaf = 0; leaf < schema->num_columns(); leaf++) {
    const auto *column = schema->Column(leaf);
    footer->leaves.push_back({
        footer->paths[leaf].c_str(), schema->group_node()->FieldIndex(*schema->GetColumnRoot(leaf)),
        static_cast<int32_t>(column->physical_type()), units_a_second(*column), is_unsigned(*column)});
  }
  footer->metadata = std::move(metadata);
  return footer.release();
}

void tidemill_arrow_free(void *memory) { std::free(memory); }
int32_t tidemill_arrow_library_interface(void) { return tidemill_arrow_interface; }

void tidemill_parquet_footer_free(tidemill_parquet_footer *footer) { delete footer; }
int64_t tidemill_parquet_footer_rows(const tidemill_parquet_footer *footer) { return footer->metadata->num_rows(); }
int32_t tidemill_parquet_footer_groups(const tidemill_parquet_footer *footer) { return footer->metadata->num_row_groups(); }
int32_t tidemill_parquet_footer_leaves(const tidemill_parquet_footer *footer) { return footer->metadata->num_columns(); }

tidemill_parquet_leaf tidemill_parquet_footer_leaf(const tidemill_parquet_footer *footer, int32_t leaf) {
  return footer->leaves[leaf];
}

char *tidemill_parquet_footer_note(const tidemill_parquet_footer *footer, const char *key) {
  const auto &notes = footer->metadata->key_value_metadata();
  if (notes == nullptr) return nullptr;
  int index = notes->FindKey(key);
  return index < 0 ? nullptr : tidemill::copied(notes->value(index));
}

tidemill_parquet_group tidemill_parquet_footer_group(const tidemill_parquet_footer *footer, int32_t group) {
  tidemill_parquet_group result = {0, 0, 0};
  tidemill::guarded(nullptr, [&] {
    auto metadata = footer->metadata->RowGroup(group);
    result.rows = metadata->num_rows();
    for (int leaf = 0; leaf < metadata->num_columns(); leaf++) {
      auto chunk = metadata->ColumnChunk(leaf);
      result.bytes += chunk->total_compressed_size();
      int64_t start = chunk->has_dictionary_page() ? chunk->dictionary_page_offset() : chunk->data_page_offset();
      if (leaf == 0 || start < result.offset) result.offset = start;
    }
    return arrow::Status::OK();
  });
  return result;
}

static void take(const std::string &bytes, char **out, int64_t *count) {
  *out = tidemill::copied(bytes);
  *count = static_cast<int64_t>(bytes.size());
}

bool tidemill_parquet_footer_statistics(
    const tidemill_parquet_footer *footer, int32_t group, int32_t leaf, tidemill_parquet_statistics *out,
    tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] {
    *out = tidemill_parquet_statistics{};
    out->nulls = -1;
    auto chunk = footer->metadata->RowGroup(group)->ColumnChunk(leaf);
    out->values = chunk->num_values();
    out->compressed_bytes = chunk->total_compressed_size();
    out->uncompressed_bytes = chunk->total_uncompressed_size();
    auto statistics = chunk->is_stats_set() ? chunk->statistics() : nullptr;
    if (statistics == nullptr) return arrow::Status::OK();
    if (statistics->HasNullCount()) out->nulls = statistics->null_count();
    if (statistics->HasMinMax()) {
      take(statistics->EncodeMin(), &out->minimum, &out->minimum_count);
      take(statistics->EncodeMax(), &out->maximum, &out->maximum_count);
    }
    return arrow::Status::OK();
  });
}
#endif
