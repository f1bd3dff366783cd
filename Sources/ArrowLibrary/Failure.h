// Errors on their way to C.
#pragma once

#include <arrow/status.h>
#include <arrow/util/io_util.h>
#include <parquet/exception.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "ArrowBridge.h"

namespace tidemill {

/// Marks failures of the caller's own callbacks, whose reasons the caller has.
inline constexpr const char *callback_failure = "tidemill: a callback failed";

inline char *copied(const std::string &text) {
  auto *copy = static_cast<char *>(std::malloc(text.size() + 1));
  if (copy != nullptr) std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

inline void fill(tidemill_arrow_error *error, int32_t code, const std::string &text) {
  if (error == nullptr) return;
  error->code = text.find(callback_failure) != std::string::npos ? static_cast<int32_t>(tidemill_arrow_callback) : code;
  error->text = copied(text);
}

inline int32_t code_of(const arrow::Status &status) {
  if (arrow::internal::ErrnoFromStatus(status) == ENOENT) return tidemill_arrow_not_found;
  if (arrow::internal::ErrnoFromStatus(status) == EEXIST) return tidemill_arrow_exists;
  switch (status.code()) {
    case arrow::StatusCode::IOError: return tidemill_arrow_io;
    case arrow::StatusCode::OutOfMemory: return tidemill_arrow_memory;
    case arrow::StatusCode::NotImplemented: return tidemill_arrow_unsupported;
    case arrow::StatusCode::AlreadyExists: return tidemill_arrow_exists;
    default: return tidemill_arrow_invalid;
  }
}

/// Runs what may throw or give a status that is an error; false, with `error` filled, when it did.
template <typename Body>
bool guarded(tidemill_arrow_error *error, Body &&body) noexcept {
  try {
    arrow::Status status = body();
    if (status.ok()) return true;
    fill(error, code_of(status), status.message());
  } catch (const parquet::ParquetStatusException &exception) {
    fill(error, code_of(exception.status()), exception.status().message());
  } catch (const std::bad_alloc &) {
    fill(error, tidemill_arrow_memory, "out of memory");
  } catch (const std::exception &exception) {
    fill(error, tidemill_arrow_invalid, exception.what());
  } catch (...) {
    fill(error, tidemill_arrow_invalid, "an unknown exception");
  }
  return false;
}

}  // namespace tidemill
