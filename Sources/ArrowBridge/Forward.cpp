// Calls what ArrowBridge.h declares in the library TidemillArrow, which is loaded when it is first needed: the dynamic linker
// takes as long for Apache Arrow as for all the rest of the program, and most runs read and write no Parquet.
#include "ArrowBridge.h"

#ifdef TIDEMILL_LAKE
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

#ifdef __APPLE__
constexpr const char *file = "@rpath/libTidemillArrow.dylib";
#else
// Where the program's own run path says: beside it, or where `make install` put it.
constexpr const char *file = "libTidemillArrow.so";
#endif

struct Library {
  // For all to see, since Arrow loads its client of S3 in turn: both must find the same registries.
  void *handle = dlopen(file, RTLD_NOW | RTLD_GLOBAL);
  /// Why there is none that can be called.
  std::string reason;

  Library() {
    if (handle == nullptr) {
      reason = std::string("Apache Arrow cannot be loaded, it must lie beside the program: ") + dlerror();
      return;
    }
    auto *interface = reinterpret_cast<int32_t (*)()>(dlsym(handle, "tidemill_arrow_library_interface"));
    if (interface != nullptr && interface() == tidemill_arrow_interface) return;
    handle = nullptr;
    reason = std::string(file) + " is of another version of tidemill: install both from one build";
  }
};

const Library &library() {
  static const Library library;
  return library;
}

bool loaded(tidemill_arrow_error *error) {
  if (library().handle != nullptr) return true;
  if (error != nullptr) {
    error->code = tidemill_arrow_unsupported;
    error->text = strdup(library().reason.c_str());
  }
  return false;
}

/// Functions that a library of the same build lacks would be a mistake in that build.
void *symbol(const char *name) {
  void *found = library().handle == nullptr ? nullptr : dlsym(library().handle, name);
  if (found == nullptr) {
    std::fprintf(stderr, "%s lacks %s\n", file, name);
    std::abort();
  }
  return found;
}

}  // namespace

/// The function of that name in the library, looked for once.
#define REAL(name)                                                             \
  ([]() -> decltype(&name) {                                                   \
    static const auto real = reinterpret_cast<decltype(&name)>(symbol(#name)); \
    return real;                                                               \
  }())

// What opens something can fail; all else needs something that was opened.

void tidemill_arrow_free(void *memory) { std::free(memory); }

bool tidemill_arrow_stream_write(
    struct ArrowSchema *schema, struct ArrowArray *rows, tidemill_arrow_output output, tidemill_arrow_error *error) {
  if (loaded(error)) return REAL(tidemill_arrow_stream_write)(schema, rows, output, error);
  if (schema->release != nullptr) schema->release(schema);
  if (rows->release != nullptr) rows->release(rows);
  return false;
}
tidemill_parquet_writer *tidemill_parquet_writer_open(
    struct ArrowSchema *schema, const tidemill_parquet_options *options, tidemill_arrow_output output,
    tidemill_arrow_error *error) {
  if (!loaded(error)) {
    if (schema->release != nullptr) schema->release(schema);
    return nullptr;
  }
  return REAL(tidemill_parquet_writer_open)(schema, options, output, error);
}
bool tidemill_parquet_writer_append(tidemill_parquet_writer *writer, struct ArrowArray *rows, tidemill_arrow_error *error) {
  return REAL(tidemill_parquet_writer_append)(writer, rows, error);
}
bool tidemill_parquet_writer_note(
    tidemill_parquet_writer *writer, const char *key, const char *value, tidemill_arrow_error *error) {
  return REAL(tidemill_parquet_writer_note)(writer, key, value, error);
}
tidemill_parquet_footer *tidemill_parquet_writer_close(
    tidemill_parquet_writer *writer, int64_t *bytes, tidemill_arrow_error *error) {
  return REAL(tidemill_parquet_writer_close)(writer, bytes, error);
}
void tidemill_parquet_writer_free(tidemill_parquet_writer *writer) { REAL(tidemill_parquet_writer_free)(writer); }
tidemill_parquet_file *tidemill_parquet_file_open(tidemill_arrow_input input, tidemill_arrow_error *error) {
  if (!loaded(error)) {
    if (input.release != nullptr) input.release(input.context);
    return nullptr;
  }
  return REAL(tidemill_parquet_file_open)(input, error);
}
void tidemill_parquet_file_free(tidemill_parquet_file *file) { REAL(tidemill_parquet_file_free)(file); }
bool tidemill_parquet_file_schema(const tidemill_parquet_file *file, struct ArrowSchema *out, tidemill_arrow_error *error) {
  return REAL(tidemill_parquet_file_schema)(file, out, error);
}
tidemill_parquet_footer *tidemill_parquet_file_footer(const tidemill_parquet_file *file, tidemill_arrow_error *error) {
  return REAL(tidemill_parquet_file_footer)(file, error);
}
void tidemill_parquet_footer_free(tidemill_parquet_footer *footer) { REAL(tidemill_parquet_footer_free)(footer); }
int64_t tidemill_parquet_footer_rows(const tidemill_parquet_footer *footer) {
  return REAL(tidemill_parquet_footer_rows)(footer);
}
int32_t tidemill_parquet_footer_groups(const tidemill_parquet_footer *footer) {
  return REAL(tidemill_parquet_footer_groups)(footer);
}
int32_t tidemill_parquet_footer_leaves(const tidemill_parquet_footer *footer) {
  return REAL(tidemill_parquet_footer_leaves)(footer);
}
tidemill_parquet_leaf tidemill_parquet_footer_leaf(const tidemill_parquet_footer *footer, int32_t leaf) {
  return REAL(tidemill_parquet_footer_leaf)(footer, leaf);
}
char *tidemill_parquet_footer_note(const tidemill_parquet_footer *footer, const char *key) {
  return REAL(tidemill_parquet_footer_note)(footer, key);
}
tidemill_parquet_group tidemill_parquet_footer_group(const tidemill_parquet_footer *footer, int32_t group) {
  return REAL(tidemill_parquet_footer_group)(footer, group);
}
bool tidemill_parquet_footer_statistics(
    const tidemill_parquet_footer *footer, int32_t group, int32_t leaf, tidemill_parquet_statistics *out,
    tidemill_arrow_error *error) { return REAL(tidemill_parquet_footer_statistics)(footer, group, leaf, out, error); }
tidemill_parquet_rows *tidemill_parquet_read(
    const tidemill_parquet_file *file, const tidemill_parquet_request *request, tidemill_arrow_error *error) {
  return REAL(tidemill_parquet_read)(file, request, error);
}
bool tidemill_parquet_rows_schema(const tidemill_parquet_rows *rows, struct ArrowSchema *out, tidemill_arrow_error *error) {
  return REAL(tidemill_parquet_rows_schema)(rows, out, error);
}
bool tidemill_parquet_rows_next(tidemill_parquet_rows *rows, struct ArrowArray *out, tidemill_arrow_error *error) {
  return REAL(tidemill_parquet_rows_next)(rows, out, error);
}
void tidemill_parquet_rows_free(tidemill_parquet_rows *rows) { REAL(tidemill_parquet_rows_free)(rows); }
tidemill_arrow_store *tidemill_arrow_store_open(
    const char *uri, const tidemill_arrow_setting *settings, int32_t count, char **path, tidemill_arrow_error *error) {
  if (!loaded(error)) return nullptr;
  return REAL(tidemill_arrow_store_open)(uri, settings, count, path, error);
}
void tidemill_arrow_store_free(tidemill_arrow_store *store) { REAL(tidemill_arrow_store_free)(store); }
bool tidemill_arrow_store_s3(const tidemill_arrow_store *store, tidemill_arrow_s3 *out, tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_store_s3)(store, out, error);
}
bool tidemill_arrow_store_status(
    tidemill_arrow_store *store, const char *path, tidemill_arrow_entry *out, tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_store_status)(store, path, out, error);
}
bool tidemill_arrow_store_list(
    tidemill_arrow_store *store, const char *folder, bool recursive, void *context,
    void (*take)(void *context, const tidemill_arrow_entry *entry), tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_store_list)(store, folder, recursive, context, take, error);
}
bool tidemill_arrow_store_remove(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_store_remove)(store, path, error);
}
tidemill_arrow_reader *tidemill_arrow_reader_open(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_reader_open)(store, path, error);
}
int64_t tidemill_arrow_reader_size(const tidemill_arrow_reader *reader) {
  return REAL(tidemill_arrow_reader_size)(reader);
}
int64_t tidemill_arrow_reader_read(
    tidemill_arrow_reader *reader, int64_t offset, int64_t count, void *target, tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_reader_read)(reader, offset, count, target, error);
}
void tidemill_arrow_reader_free(tidemill_arrow_reader *reader) { REAL(tidemill_arrow_reader_free)(reader); }
tidemill_arrow_writer *tidemill_arrow_writer_open(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_writer_open)(store, path, error);
}
bool tidemill_arrow_writer_write(tidemill_arrow_writer *writer, const void *bytes, int64_t count, tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_writer_write)(writer, bytes, count, error);
}
bool tidemill_arrow_writer_close(tidemill_arrow_writer *writer, tidemill_arrow_error *error) {
  return REAL(tidemill_arrow_writer_close)(writer, error);
}
void tidemill_arrow_writer_free(tidemill_arrow_writer *writer) { REAL(tidemill_arrow_writer_free)(writer); }
#endif
