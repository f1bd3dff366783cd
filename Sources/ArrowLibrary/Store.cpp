// Local folders and object stores.
#ifdef TIDEMILL_LAKE
#include <arrow/filesystem/filesystem.h>
#include <arrow/filesystem/s3fs.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/config.h>
#include <dlfcn.h>
#include <sys/stat.h>

#include <initializer_list>
#include <mutex>
#include <set>
#include <string>

#include "Failure.h"

struct tidemill_arrow_store {
  std::shared_ptr<arrow::fs::FileSystem> files;
};

struct tidemill_arrow_reader {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  int64_t size;
};

struct tidemill_arrow_writer {
  std::shared_ptr<arrow::io::OutputStream> file;
};

/// Where Arrow's S3 client is, if it is not in its main library.
static void *s3_library = nullptr;

/// Arrow may keep its S3 client in a library of its own, beside its main one.
static arrow::Status load_stores() {
  static std::once_flag once;
  static arrow::Status status;
  std::call_once(once, [] {
    Dl_info info;
    if (dladdr(reinterpret_cast<void *>(&arrow::fs::LoadFileSystemFactories), &info) == 0) return;
    std::string folder = info.dli_fname;
    folder.resize(folder.find_last_of('/') == std::string::npos ? 0 : folder.find_last_of('/') + 1);
    std::string path = folder + "libarrow_s3.so." + ARROW_SO_VERSION;
    struct stat found;
    if (stat(path.c_str(), &found) != 0) return;
    status = arrow::fs::LoadFileSystemFactories(path.c_str());
    s3_library = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  });
  return status;
}

/// What Arrow's clients start must end before the process does. To be called once a client has started: what is registered last runs
/// first at the process's end, and the remains of all clients must still be there then. So each kind of client counts by itself.
static void finish_stores_at_exit(const std::string &kind) {
  static std::mutex mutex;
  static std::set<std::string> kinds;
  std::lock_guard<std::mutex> lock(mutex);
  if (kinds.insert(kind).second) std::atexit([] { arrow::fs::EnsureFinalized(); });
}

tidemill_arrow_store *tidemill_arrow_store_open(
    const char *uri, const tidemill_arrow_setting *settings, int32_t count, char **path, tidemill_arrow_error *error) {
  std::unique_ptr<tidemill_arrow_store> result;
  bool done = tidemill::guarded(error, [&] {
    result = std::make_unique<tidemill_arrow_store>();
    if (std::string(uri).find("://") != std::string::npos) ARROW_RETURN_NOT_OK(load_stores());
    std::string within;
    arrow::fs::FileSystemFactoryOptions options;
    for (int32_t index = 0; index < count; index++) {
      options.emplace_back(settings[index].name, std::string(settings[index].value));
    }
    if (options.empty()) {
      ARROW_ASSIGN_OR_RAISE(result->files, arrow::fs::FileSystemFromUriOrPath(uri, &within));
    } else {
      ARROW_ASSIGN_OR_RAISE(result->files, arrow::fs::FileSystemFromUriAndOptions(uri, options, &within));
    }
    if (result->files->type_name() != "local") finish_stores_at_exit(result->files->type_name());
    *path = tidemill::copied(within);
    return arrow::Status::OK();
  });
  return done ? result.release() : nullptr;
}

void tidemill_arrow_store_free(tidemill_arrow_store *store) {
  tidemill::guarded(nullptr, [&] {
    delete store;
    return arrow::Status::OK();
  });
}

namespace {

/// Functions of Arrow's S3 file system, which may be in a library that was only loaded, so that they can't be linked. Methods take
/// their object as the first argument.
template <typename Function>
Function *found(std::initializer_list<const char *> names) {
  for (const char *name : names) {
    if (void *address = dlsym(RTLD_DEFAULT, name)) return reinterpret_cast<Function *>(address);
    if (s3_library != nullptr) {
      if (void *address = dlsym(s3_library, name)) return reinterpret_cast<Function *>(address);
    }
  }
  return nullptr;
}

}  // namespace

bool tidemill_arrow_store_s3(const tidemill_arrow_store *store, tidemill_arrow_s3 *out, tidemill_arrow_error *error) {
  using arrow::fs::S3FileSystem;
  using arrow::fs::S3Options;
  return tidemill::guarded(error, [&] {
    *out = tidemill_arrow_s3{};
    if (store->files->type_name() != "s3") return arrow::Status::NotImplemented("the store is not S3");
    auto options_of = found<S3Options(const S3FileSystem *)>({"_ZNK5arrow2fs12S3FileSystem7optionsEv"});
    auto region_of = found<std::string(const S3FileSystem *)>(
        {"_ZNK5arrow2fs12S3FileSystem6regionB5cxx11Ev", "_ZNK5arrow2fs12S3FileSystem6regionEv"});
    using Text = std::string(const S3Options *);
    auto access_key = found<Text>(
        {"_ZNK5arrow2fs9S3Options12GetAccessKeyB5cxx11Ev", "_ZNK5arrow2fs9S3Options12GetAccessKeyEv"});
    auto secret_key = found<Text>(
        {"_ZNK5arrow2fs9S3Options12GetSecretKeyB5cxx11Ev", "_ZNK5arrow2fs9S3Options12GetSecretKeyEv"});
    auto session_token = found<Text>(
        {"_ZNK5arrow2fs9S3Options15GetSessionTokenB5cxx11Ev", "_ZNK5arrow2fs9S3Options15GetSessionTokenEv"});
    if (!options_of || !region_of || !access_key || !secret_key || !session_token) {
      return arrow::Status::NotImplemented("this build of Arrow does not give away how it signs requests to S3");
    }
    const auto *files = static_cast<const S3FileSystem *>(store->files.get());
    S3Options options = options_of(files);
    out->scheme = tidemill::copied(options.scheme);
    out->endpoint = tidemill::copied(options.endpoint_override);
    out->region = tidemill::copied(region_of(files));
    out->access_key = tidemill::copied(access_key(&options));
    out->secret_key = tidemill::copied(secret_key(&options));
    out->session_token = tidemill::copied(session_token(&options));
    out->virtual_hosts = options.force_virtual_addressing || options.endpoint_override.empty();
    return arrow::Status::OK();
  });
}

static tidemill_arrow_entry entry_of(const arrow::fs::FileInfo &info) {
  tidemill_arrow_entry entry = {};
  entry.path = info.path().c_str();
  entry.kind = info.IsFile()        ? tidemill_arrow_file
               : info.IsDirectory() ? tidemill_arrow_folder
                                    : tidemill_arrow_nothing;
  entry.size = info.size();
  entry.modified = info.mtime() == arrow::fs::kNoTime ? 0 : info.mtime().time_since_epoch().count();
  return entry;
}

bool tidemill_arrow_store_status(
    tidemill_arrow_store *store, const char *path, tidemill_arrow_entry *out, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] {
    ARROW_ASSIGN_OR_RAISE(auto info, store->files->GetFileInfo(path));
    *out = entry_of(info);
    out->path = nullptr;
    return arrow::Status::OK();
  });
}

bool tidemill_arrow_store_list(
    tidemill_arrow_store *store, const char *folder, bool recursive, void *context,
    void (*take)(void *context, const tidemill_arrow_entry *entry), tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] {
    arrow::fs::FileSelector selector;
    selector.base_dir = folder;
    selector.recursive = recursive;
    selector.allow_not_found = true;
    ARROW_ASSIGN_OR_RAISE(auto found, store->files->GetFileInfo(selector));
    for (const auto &info : found) {
      auto entry = entry_of(info);
      take(context, &entry);
    }
    return arrow::Status::OK();
  });
}

bool tidemill_arrow_store_remove(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] { return store->files->DeleteFile(path); });
}

tidemill_arrow_reader *tidemill_arrow_reader_open(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error) {
  std::unique_ptr<tidemill_arrow_reader> result;
  bool done = tidemill::guarded(error, [&] {
    result = std::make_unique<tidemill_arrow_reader>();
    ARROW_ASSIGN_OR_RAISE(result->file, store->files->OpenInputFile(std::string(path)));
    ARROW_ASSIGN_OR_RAISE(result->size, result->file->GetSize());
    return arrow::Status::OK();
  });
  return done ? result.release() : nullptr;
}

int64_t tidemill_arrow_reader_size(const tidemill_arrow_reader *reader) { return reader->size; }

int64_t tidemill_arrow_reader_read(
    tidemill_arrow_reader *reader, int64_t offset, int64_t count, void *target, tidemill_arrow_error *error) {
  int64_t got = -1;
  tidemill::guarded(error, [&] {
    ARROW_ASSIGN_OR_RAISE(got, reader->file->ReadAt(offset, count, target));
    return arrow::Status::OK();
  });
  return got;
}

void tidemill_arrow_reader_free(tidemill_arrow_reader *reader) {
  tidemill::guarded(nullptr, [&] {
    delete reader;
    return arrow::Status::OK();
  });
}

tidemill_arrow_writer *tidemill_arrow_writer_open(tidemill_arrow_store *store, const char *path, tidemill_arrow_error *error) {
  std::unique_ptr<tidemill_arrow_writer> result;
  bool done = tidemill::guarded(error, [&] {
    result = std::make_unique<tidemill_arrow_writer>();
    ARROW_ASSIGN_OR_RAISE(result->file, store->files->OpenOutputStream(path));
    return arrow::Status::OK();
  });
  return done ? result.release() : nullptr;
}

bool tidemill_arrow_writer_write(
    tidemill_arrow_writer *writer, const void *bytes, int64_t count, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] { return writer->file->Write(bytes, count); });
}

bool tidemill_arrow_writer_close(tidemill_arrow_writer *writer, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] { return writer->file->Close(); });
}

void tidemill_arrow_writer_free(tidemill_arrow_writer *writer) {
  tidemill::guarded(nullptr, [&] {
    if (!writer->file->closed()) (void)writer->file->Abort();
    delete writer;
    return arrow::Status::OK();
  });
}
#endif
