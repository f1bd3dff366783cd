// Parquet files and object stores for Swift, by Apache Arrow C++: plain C, no exception leaves it, errors are text.
//
// Columns cross by Arrow's C data interface (https://arrow.apache.org/docs/format/CDataInterface.html): buffers are handed over, not
// copied. Whatever takes an ArrowSchema or ArrowArray takes it over, also when it fails.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// As the C data interface fixes them.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};
#endif

/// What went wrong.
enum {
  tidemill_arrow_not_found = 1,
  tidemill_arrow_exists = 2,
  /// What was asked makes no sense, or a file is not what it should be.
  tidemill_arrow_invalid = 3,
  tidemill_arrow_io = 4,
  tidemill_arrow_memory = 5,
  tidemill_arrow_unsupported = 6,
  /// A callback failed; whoever gave it knows why.
  tidemill_arrow_callback = 7,
};

/// Filled when a function returns false or NULL; `text` is the caller's to free.
typedef struct {
  int32_t code;
  char *text;
} tidemill_arrow_error;

/// Changes with every change of this interface: a library of another build is not to be called. A build without Arrow has none of this.
enum { tidemill_arrow_interface = 4 };

int32_t tidemill_arrow_library_interface(void);

void tidemill_arrow_free(void *memory);

// MARK: Bytes

/// Where the bytes of a file go, one after the other.
typedef struct {
  void *context;
  /// Takes all of the bytes, or returns false.
  bool (*write)(void *context, const void *bytes, int64_t count);
} tidemill_arrow_output;

/// A file to read from, from several threads at once.
typedef struct {
  void *context;
  int64_t size;
  /// Returns how many bytes there were, or -1.
  int64_t (*read)(void *context, int64_t offset, int64_t count, void *target);
  /// Called once, when nothing is read any more; may be NULL.
  void (*release)(void *context);
} tidemill_arrow_input;

// MARK: Streams

/// Writes rows as an Arrow stream, strings as plain UTF-8.
///
/// - rows: a struct array of the schema's fields, without nulls of its own.
bool tidemill_arrow_stream_write(
    struct ArrowSchema *schema, struct ArrowArray *rows, tidemill_arrow_output output, tidemill_arrow_error *error);

// MARK: Parquet

typedef struct tidemill_parquet_writer tidemill_parquet_writer;
typedef struct tidemill_parquet_footer tidemill_parquet_footer;
typedef struct tidemill_parquet_file tidemill_parquet_file;
typedef struct tidemill_parquet_rows tidemill_parquet_rows;

enum {
  tidemill_parquet_uncompressed = 0,
  tidemill_parquet_snappy = 1,
  tidemill_parquet_gzip = 2,
  tidemill_parquet_zstd = 3,
  tidemill_parquet_lz4 = 4,
};

typedef struct {
  int32_t codec;
  /// Of the codec; INT32_MIN for its usual one.
  int32_t level;
  int64_t row_group_rows;
  bool statistics;
  bool dictionary;
  /// Encodes the columns of a batch on Arrow's own threads.
  bool threads;
  /// Named in the file as its writer; NULL for Arrow's name.
  const char *created_by;
} tidemill_parquet_options;

/// - schema: of a struct, whose fields are the columns. Field ids come from "PARQUET:field_id" in a field's metadata.
tidemill_parquet_writer *tidemill_parquet_writer_open(
    struct ArrowSchema *schema, const tidemill_parquet_options *options, tidemill_arrow_output output,
    tidemill_arrow_error *error);
/// - rows: a struct array of the schema's fields, without nulls of its own.
bool tidemill_parquet_writer_append(tidemill_parquet_writer *writer, struct ArrowArray *rows, tidemill_arrow_error *error);
/// Adds to the metadata of the file, before it is closed.
bool tidemill_parquet_writer_note(
    tidemill_parquet_writer *writer, const char *key, const char *value, tidemill_arrow_error *error);
/// Writes the footer, and returns it; the file's size is in `bytes`. The writer is still to be freed.
tidemill_parquet_footer *tidemill_parquet_writer_close(
    tidemill_parquet_writer *writer, int64_t *bytes, tidemill_arrow_error *error);
void tidemill_parquet_writer_free(tidemill_parquet_writer *writer);

/// Reads the footer. The input is released with the file, or when this fails.
tidemill_parquet_file *tidemill_parquet_file_open(tidemill_arrow_input input, tidemill_arrow_error *error);
void tidemill_parquet_file_free(tidemill_parquet_file *file);
/// The columns as they are read: a struct's fields.
bool tidemill_parquet_file_schema(const tidemill_parquet_file *file, struct ArrowSchema *out, tidemill_arrow_error *error);
/// The file's footer, to be freed by the caller.
tidemill_parquet_footer *tidemill_parquet_file_footer(const tidemill_parquet_file *file, tidemill_arrow_error *error);

void tidemill_parquet_footer_free(tidemill_parquet_footer *footer);
int64_t tidemill_parquet_footer_rows(const tidemill_parquet_footer *footer);
int32_t tidemill_parquet_footer_groups(const tidemill_parquet_footer *footer);
int32_t tidemill_parquet_footer_leaves(const tidemill_parquet_footer *footer);
/// A column of values as they lie in the file; a column that is not nested is one leaf.
typedef struct {
  /// Its names from the top, joined by dots; valid as long as the footer.
  const char *path;
  /// The number of the top-level column that it belongs to.
  int32_t column;
  /// As in Parquet's Thrift file: 0 boolean, 1 int32, 2 int64, 3 int96, 4 float, 5 double, 6 bytes, 7 bytes of a fixed length.
  int32_t physical;
  /// Of timestamps: how many of its units are a second; else 0.
  int64_t units_a_second;
  /// Of integers: they have no sign, and are ordered so.
  bool is_unsigned;
} tidemill_parquet_leaf;

tidemill_parquet_leaf tidemill_parquet_footer_leaf(const tidemill_parquet_footer *footer, int32_t leaf);
/// The text that belongs to a key of the file's metadata; the caller's to free; NULL without such a key.
char *tidemill_parquet_footer_note(const tidemill_parquet_footer *footer, const char *key);

typedef struct {
  int64_t rows;
  /// Of all columns, compressed.
  int64_t bytes;
  /// Where its bytes begin in the file.
  int64_t offset;
} tidemill_parquet_group;

tidemill_parquet_group tidemill_parquet_footer_group(const tidemill_parquet_footer *footer, int32_t group);

/// What a leaf holds in a row group.
typedef struct {
  int64_t values;
  /// -1 where the file does not say.
  int64_t nulls;
  int64_t compressed_bytes;
  int64_t uncompressed_bytes;
  /// The least and the greatest value as Parquet writes them plainly: integers and doubles in little-endian order, decimals as
  /// integers or as big-endian bytes, strings as they are. The caller's to free; NULL where the file does not say.
  char *minimum;
  int64_t minimum_count;
  char *maximum;
  int64_t maximum_count;
} tidemill_parquet_statistics;

bool tidemill_parquet_footer_statistics(
    const tidemill_parquet_footer *footer, int32_t group, int32_t leaf, tidemill_parquet_statistics *out,
    tidemill_arrow_error *error);

typedef struct {
  const int32_t *groups;
  int32_t group_count;
  const int32_t *leaves;
  int32_t leaf_count;
  /// At most so many rows a batch.
  int64_t batch_rows;
  /// Gives columns of strings that are written as dictionaries as dictionaries.
  bool dictionaries;
  /// Asks for the bytes of all columns ahead, on Arrow's own threads: for stores that answer slowly.
  bool prefetch;
  /// Decodes columns on Arrow's own threads.
  bool threads;
} tidemill_parquet_request;

/// Rows of some row groups, in order. Several may be read at once from one file, which must be there until all are freed.
tidemill_parquet_rows *tidemill_parquet_read(
    const tidemill_parquet_file *file, const tidemill_parquet_request *request, tidemill_arrow_error *error);
bool tidemill_parquet_rows_schema(const tidemill_parquet_rows *rows, struct ArrowSchema *out, tidemill_arrow_error *error);
/// The next batch as a struct array; its `release` is NULL when there are no more.
bool tidemill_parquet_rows_next(tidemill_parquet_rows *rows, struct ArrowArray *out, tidemill_arrow_error *error);
void tidemill_parquet_rows_free(tidemill_parquet_rows *rows);

// MARK: Stores

typedef struct tidemill_arrow_store tidemill_arrow_store;
typedef struct tidemill_arrow_reader tidemill_arrow_reader;
typedef struct tidemill_arrow_writer tidemill_arrow_writer;

/// A setting of a store that is better kept out of its URI.
typedef struct {
  const char *name;
  const char *value;
} tidemill_arrow_setting;

/// The store of a URI such as s3://bucket?region=… or of an absolute local path; what lies within it by `path`, which is the
/// caller's to free.
///
/// - settings: of S3, "access_key", "secret_key" and "session_token".
tidemill_arrow_store *tidemill_arrow_store_open(
    const char *uri, const tidemill_arrow_setting *settings, int32_t count, char **path, tidemill_arrow_error *error);
void tidemill_arrow_store_free(tidemill_arrow_store *store);

/// How requests of one's own to an S3 store are addressed and signed; texts are the caller's to free.
typedef struct {
  /// https or http.
  char *scheme;
  /// Host and port, if it is not Amazon's; else empty.
  char *endpoint;
  char *region;
  char *access_key;
  char *secret_key;
  /// Empty for credentials that last.
  char *session_token;
  /// Whether the bucket is a part of the host's name.
  bool virtual_hosts;
} tidemill_arrow_s3;

/// Fails for stores that are not S3.
bool tidemill_arrow_store_s3(const tidemill_arrow_store *store, tidemill_arrow_s3 *out, tidemill_arrow_error *error);

enum {
  tidemill_arrow_nothing = 0,
  tidemill_arrow_file = 1,
  tidemill_arrow_folder = 2,
};

typedef struct {
  const char *path;
  int32_t kind;
  int64_t size;
  /// Nanoseconds since 1970.
  int64_t modified;
} tidemill_arrow_entry;

/// Whatever is at `path`; its kind is `nothing` where there is nothing. The entry's path is not set.
bool tidemill_arrow_store_status(
    tidemill_arrow_store *store, const char *path, tidemill_arrow_entry *out, tidemill_arrow_error *error);
/// Calls `take` with what is in a folder, in no order; a folder that is not there is empty.
bool tidemill_arrow_store_list(
    tidemill_arrow_store *store, const char *folder, bool recursive, void *context,
    void (*take)(void *context, const tidemill_arrow_entry *entry), tidemill_arrow_error *error);
bool tidemill_arrow_store_remove(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error);

tidemill_arrow_reader *tidemill_arrow_reader_open(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error);
int64_t tidemill_arrow_reader_size(const tidemill_arrow_reader *reader);
/// Returns how many bytes there were, or -1.
int64_t tidemill_arrow_reader_read(
    tidemill_arrow_reader *reader, int64_t offset, int64_t count, void *target, tidemill_arrow_error *error);
void tidemill_arrow_reader_free(tidemill_arrow_reader *reader);

/// A file that is there when it is closed, and not before; in place of one that was there.
tidemill_arrow_writer *tidemill_arrow_writer_open(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error);
bool tidemill_arrow_writer_write(
    tidemill_arrow_writer *writer, const void *bytes, int64_t count, tidemill_arrow_error *error);
bool tidemill_arrow_writer_close(tidemill_arrow_writer *writer, tidemill_arrow_error *error);
/// Without `close` before, what was written is dropped.
void tidemill_arrow_writer_free(tidemill_arrow_writer *writer);

#ifdef __cplusplus
}
#endif
