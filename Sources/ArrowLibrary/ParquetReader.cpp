// Batches out of a Parquet file.
#ifdef TIDEMILL_LAKE
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>

#include "CallbackFiles.h"
#include "ParquetFooter.h"

struct tidemill_parquet_file {
  std::shared_ptr<tidemill::CallbackInput> input;
  std::shared_ptr<parquet::FileMetaData> metadata;
};

struct tidemill_parquet_rows {
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::unique_ptr<arrow::RecordBatchReader> batches;
};

// Timestamps of 96 bits, which Spark writes, have a range that nanoseconds in 64 bits don't.
static parquet::ArrowReaderProperties reading() {
  parquet::ArrowReaderProperties properties;
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  return properties;
}

tidemill_parquet_file *tidemill_parquet_file_open(tidemill_arrow_input input, tidemill_arrow_error *error) {
  std::unique_ptr<tidemill_parquet_file> result;
  bool done = tidemill::guarded(error, [&] {
    // First of all, since it releases the input when it goes.
    auto file = std::make_shared<tidemill::CallbackInput>(input);
    result = std::make_unique<tidemill_parquet_file>();
    result->metadata = parquet::ReadMetaData(file);
    result->input = std::move(file);
    return arrow::Status::OK();
  });
  return done ? result.release() : nullptr;
}

void tidemill_parquet_file_free(tidemill_parquet_file *file) { delete file; }

bool tidemill_parquet_file_schema(const tidemill_parquet_file *file, struct ArrowSchema *out, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] {
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(
        parquet::arrow::FromParquetSchema(
            file->metadata->schema(), reading(), file->metadata->key_value_metadata(), &schema));
    return arrow::ExportSchema(*schema, out);
  });
}

tidemill_parquet_footer *tidemill_parquet_file_footer(const tidemill_parquet_file *file, tidemill_arrow_error *error) {
  tidemill_parquet_footer *footer = nullptr;
  tidemill::guarded(error, [&] {
    footer = tidemill::make_footer(file->metadata);
    return arrow::Status::OK();
  });
  return footer;
}

static bool is_dictionary(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::PLAIN_DICTIONARY || encoding == parquet::Encoding::RLE_DICTIONARY;
}

/// Whether all of a chunk's values are indices of its dictionary: a writer falls back to plain values when there are too many.
static bool is_dictionary(const parquet::ColumnChunkMetaData &chunk) {
  if (!chunk.has_dictionary_page()) return false;
  if (chunk.encoding_stats().empty()) {
    // Without counts a plain page can't be told from the dictionary's own, but for the old name of the encoding.
    bool plain = false, old = false;
    for (auto encoding : chunk.encodings()) {
      plain |= encoding == parquet::Encoding::PLAIN;
      old |= encoding == parquet::Encoding::PLAIN_DICTIONARY;
    }
    return old && !plain;
  }
  for (const auto &pages : chunk.encoding_stats()) {
    bool holds_values = pages.page_type == parquet::PageType::DATA_PAGE || pages.page_type == parquet::PageType::DATA_PAGE_V2;
    if (holds_values && pages.count > 0 && !is_dictionary(pages.encoding)) return false;
  }
  return true;
}

static bool is_dictionary(const parquet::FileMetaData &metadata, const tidemill_parquet_request &request, int32_t leaf) {
  if (metadata.schema()->Column(leaf)->physical_type() != parquet::Type::BYTE_ARRAY) return false;
  for (int32_t index = 0; index < request.group_count; index++) {
    if (!is_dictionary(*metadata.RowGroup(request.groups[index])->ColumnChunk(leaf))) return false;
  }
  return true;
}

tidemill_parquet_rows *tidemill_parquet_read(
    const tidemill_parquet_file *file, const tidemill_parquet_request *request, tidemill_arrow_error *error) {
  std::unique_ptr<tidemill_parquet_rows> result;
  bool done = tidemill::guarded(error, [&] {
    result = std::make_unique<tidemill_parquet_rows>();
    auto properties = reading();
    properties.set_batch_size(request->batch_rows);
    properties.set_pre_buffer(request->prefetch);
    properties.set_use_threads(request->threads);
    for (int32_t index = 0; request->dictionaries && index < request->leaf_count; index++) {
      int32_t leaf = request->leaves[index];
      if (is_dictionary(*file->metadata, *request, leaf)) properties.set_read_dictionary(leaf, true);
    }
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(file->input, parquet::ReaderProperties(tidemill::reading_memory()), file->metadata));
    builder.properties(properties)->memory_pool(tidemill::reading_memory());
    ARROW_ASSIGN_OR_RAISE(result->file, builder.Build());
    std::vector<int> groups(request->groups, request->groups + request->group_count);
    std::vector<int> leaves(request->leaves, request->leaves + request->leaf_count);
    ARROW_ASSIGN_OR_RAISE(result->batches, result->file->GetRecordBatchReader(groups, leaves));
    return arrow::Status::OK();
  });
  return done ? result.release() : nullptr;
}

bool tidemill_parquet_rows_schema(const tidemill_parquet_rows *rows, struct ArrowSchema *out, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] { return arrow::ExportSchema(*rows->batches->schema(), out); });
}

bool tidemill_parquet_rows_next(tidemill_parquet_rows *rows, struct ArrowArray *out, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] {
    out->release = nullptr;
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(rows->batches->ReadNext(&batch));
    return batch == nullptr ? arrow::Status::OK() : arrow::ExportRecordBatch(*batch, out);
  });
}

void tidemill_parquet_rows_free(tidemill_parquet_rows *rows) { delete rows; }
#endif
