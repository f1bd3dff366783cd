// Batches into a Parquet file.
#ifdef TIDEMILL_LAKE
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>

#include "CallbackFiles.h"
#include "ParquetFooter.h"

struct tidemill_parquet_writer {
  std::shared_ptr<tidemill::CallbackOutput> output;
  std::shared_ptr<arrow::Schema> schema;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

static parquet::Compression::type codec(int32_t codec) {
  switch (codec) {
    case tidemill_parquet_snappy: return parquet::Compression::SNAPPY;
    case tidemill_parquet_gzip: return parquet::Compression::GZIP;
    case tidemill_parquet_zstd: return parquet::Compression::ZSTD;
    case tidemill_parquet_lz4: return parquet::Compression::LZ4;
    default: return parquet::Compression::UNCOMPRESSED;
  }
}

tidemill_parquet_writer *tidemill_parquet_writer_open(
    struct ArrowSchema *schema, const tidemill_parquet_options *options, tidemill_arrow_output output,
    tidemill_arrow_error *error) {
  std::unique_ptr<tidemill_parquet_writer> result;
  bool done = tidemill::guarded(error, [&] {
    result = std::make_unique<tidemill_parquet_writer>();
    ARROW_ASSIGN_OR_RAISE(result->schema, arrow::ImportSchema(schema));
    result->output = std::make_shared<tidemill::CallbackOutput>(output);

    parquet::WriterProperties::Builder file;
    file.version(parquet::ParquetVersion::PARQUET_2_6)->compression(codec(options->codec));
    file.max_row_group_length(options->row_group_rows);
    if (options->level != INT32_MIN) file.compression_level(options->level);
    if (!options->statistics) file.disable_statistics();
    if (!options->dictionary) file.disable_dictionary();
    // Histograms of how deep values are nested: for columns that hardly are, nothing that a reader could use.
    file.set_size_statistics_level(parquet::SizeStatisticsLevel::None);
    if (options->created_by != nullptr) file.created_by(options->created_by);
    parquet::ArrowWriterProperties::Builder columns;
    columns.set_use_threads(options->threads);
    // As integers where they fit: they are read and written faster so, and Spark does the same.
    file.enable_store_decimal_as_integer();
    ARROW_ASSIGN_OR_RAISE(
        result->writer,
        parquet::arrow::FileWriter::Open(
            *result->schema, arrow::default_memory_pool(), result->output, file.build(), columns.build()));
    return arrow::Status::OK();
  });
  return done ? result.release() : nullptr;
}

bool tidemill_parquet_writer_append(tidemill_parquet_writer *writer, struct ArrowArray *rows, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] {
    ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(rows, writer->schema));
    return writer->writer->WriteRecordBatch(*batch);
  });
}

bool tidemill_parquet_writer_note(
    tidemill_parquet_writer *writer, const char *key, const char *value, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] {
    return writer->writer->AddKeyValueMetadata(arrow::KeyValueMetadata::Make({key}, {value}));
  });
}

tidemill_parquet_footer *tidemill_parquet_writer_close(
    tidemill_parquet_writer *writer, int64_t *bytes, tidemill_arrow_error *error) {
  tidemill_parquet_footer *footer = nullptr;
  tidemill::guarded(error, [&] {
    ARROW_RETURN_NOT_OK(writer->writer->Close());
    *bytes = writer->output->written();
    footer = tidemill::make_footer(writer->writer->metadata());
    return arrow::Status::OK();
  });
  return footer;
}

void tidemill_parquet_writer_free(tidemill_parquet_writer *writer) {
  // What was not closed is closed now by Arrow, which writes a footer.
  writer->output->drop();
  tidemill::guarded(nullptr, [&] {
    delete writer;
    return arrow::Status::OK();
  });
}
#endif
