// The caller's files as Arrow's.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>

#include "Failure.h"

namespace tidemill {

class CallbackOutput final : public arrow::io::OutputStream {
 public:
  explicit CallbackOutput(tidemill_arrow_output output) : output_(output) {}

  arrow::Status Write(const void *bytes, int64_t count) override {
    if (dropped_) return arrow::Status::OK();
    if (!output_.write(output_.context, bytes, count)) return arrow::Status::IOError(callback_failure);
    written_ += count;
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Status Abort() override { return Close(); }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return written_; }
  int64_t written() const { return written_; }
  /// The caller's output is not used any more, whatever is written.
  void drop() { dropped_ = true; }

 private:
  tidemill_arrow_output output_;
  int64_t written_ = 0;
  bool closed_ = false;
  bool dropped_ = false;
};

class CallbackInput final : public arrow::io::RandomAccessFile {
 public:
  explicit CallbackInput(tidemill_arrow_input input) : input_(input) {}
  ~CallbackInput() override {
    if (input_.release != nullptr) input_.release(input_.context);
  }

  arrow::Result<int64_t> GetSize() override { return input_.size; }

  arrow::Result<int64_t> ReadAt(int64_t position, int64_t count, void *out) override {
    if (position < 0 || count < 0) return arrow::Status::Invalid("a read before the beginning of the file");
    int64_t wanted = std::max<int64_t>(0, std::min(count, input_.size - position));
    if (wanted == 0) return 0;
    int64_t got = input_.read(input_.context, position, wanted, out);
    if (got < 0) return arrow::Status::IOError(callback_failure);
    return got;
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override {
    int64_t wanted = std::max<int64_t>(0, std::min(count, input_.size - position));
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(wanted));
    ARROW_ASSIGN_OR_RAISE(int64_t got, ReadAt(position, wanted, buffer->mutable_data()));
    if (got < wanted) ARROW_RETURN_NOT_OK(buffer->Resize(got));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Result<int64_t> Read(int64_t count, void *out) override {
    ARROW_ASSIGN_OR_RAISE(int64_t got, ReadAt(position_, count, out));
    position_ += got;
    return got;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, count));
    position_ += buffer->size();
    return buffer;
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

 private:
  tidemill_arrow_input input_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace tidemill
