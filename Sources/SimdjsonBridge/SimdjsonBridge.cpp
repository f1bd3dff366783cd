// Cuts a chunk into pieces, lets simdjson find the tokens of each, and walks its lines.
//
// simdjson's own readers take one document at a time. Here its first stage runs over many lines at once, which costs a
// fraction per line. That is sound because JSON strings cannot hold a raw line feed: if the stage accepts a piece, no string
// spans two of its lines, and the tokens of each line are those it has on its own. If it does not (an open quote, bytes that
// are no UTF-8), each line of the piece is done by itself.
#include "SimdjsonBridge.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "RecordWalker.h"

namespace tidemill {

using TokenFinder = simdjson::internal::dom_parser_implementation;

namespace {

/// Small enough that a piece, its tokens and its rows stay in a core's own cache.
constexpr size_t pieceSize = size_t(128) << 10;
/// Longer lines are refused, because finding their tokens takes four times their length.
constexpr size_t longestLine = size_t(64) << 20;
/// How far behind a piece the readers may look.
constexpr size_t slack = 64;
/// A finder that one long line has made larger than this is let go.
constexpr size_t keptCapacity = size_t(4) << 20;

/// What a thread keeps from call to call.
struct Workspace {
  std::unique_ptr<TokenFinder> finder;
  size_t capacity = 0;
  std::vector<uint8_t> copy;
  std::vector<tidemill_json_rejection> rejections;
  std::vector<Misfit> misfits;
  std::vector<uint8_t> scratch;

  bool reserve(size_t wanted) {
    if (wanted <= capacity) return true;
    wanted = wanted < pieceSize * 2 ? pieceSize * 2 : wanted;
    finder.reset();
    capacity = 0;
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1024, finder)) return false;
    capacity = wanted;
    return true;
  }

  void trim() {
    if (capacity <= keptCapacity) return;
    finder.reset();
    capacity = 0;
    copy = {};
  }
};

size_t lineEnd(const uint8_t *bytes, size_t from, size_t end) {
  const void *found = from < end ? std::memchr(bytes + from, '\n', end - from) : nullptr;
  return found ? size_t(static_cast<const uint8_t *>(found) - bytes) : end;
}

/// Where the piece that begins at `from` ends: behind the last line feed within the usual size, else behind the first.
size_t pieceEnd(const uint8_t *bytes, size_t from, size_t end) {
  if (end - from <= pieceSize) return end;
  for (size_t at = from + pieceSize; at > from; at--) {
    if (bytes[at - 1] == '\n') return at;
  }
  const size_t found = lineEnd(bytes, from + pieceSize, end);
  return found < end ? found + 1 : end;
}

bool isBlank(const uint8_t *bytes, size_t from, size_t end) {
  for (size_t at = from; at < end; at++) {
    if (bytes[at] != ' ' && bytes[at] != '\t' && bytes[at] != '\r') return false;
  }
  return true;
}

const char *messageFor(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR: return "not UTF-8";
    case simdjson::UNCLOSED_STRING: return "a string is not closed";
    case simdjson::UNESCAPED_CHARS: return "a control character in a string";
    default: return "not JSON";
  }
}

class PieceReader {
 public:
  PieceReader(const tidemill_json_plan &plan, tidemill_json_chunk &chunk, Workspace &workspace)
      : plan(plan), chunk(chunk), workspace(workspace), walker{plan, chunk, workspace.misfits, workspace.scratch} {}

  /// Decodes the lines of `position..<end` and moves `position` on.
  int32_t read(size_t end) {
    const size_t count = end - chunk.position;
    const uint8_t *buffer = chunk.bytes + chunk.position;
    if (chunk.readable - end < slack || (buffer[count - 1] != '\n' && chunk.bytes[end] != '\n')) {
      workspace.copy.resize(count + slack);
      std::memcpy(workspace.copy.data(), buffer, count);
      std::memset(workspace.copy.data() + count, ' ', slack);
      buffer = workspace.copy.data();
    }
    walker.buffer = buffer;
    walker.bufferOffset = chunk.position;
    walker.hasEscapes = std::memchr(buffer, '\\', count) != nullptr;
    if (!hasRoom(count)) return tidemill_json_heap_full;
    if (!workspace.reserve(count)) return tidemill_json_out_of_memory;
    auto &finder = *workspace.finder;
    walker.tokens = finder.structural_indexes.get();
    walker.next = 0;
    const auto code = finder.stage1(buffer, count, simdjson::stage1_mode::regular);
    if (code == simdjson::EMPTY) {
      chunk.position = end;
      return tidemill_json_done;
    }
    return code == simdjson::SUCCESS ? readTogether(count) : readAlone(count);
  }

 private:
  /// Whether each heap can take all the text that the piece could bring.
  bool hasRoom(size_t count) {
    for (size_t column = 0; column < plan.kinds.size(); column++) {
      const int32_t kind = plan.kinds[column];
      if (kind < tidemill_json_string || (kind != tidemill_json_string && !walker.hasEscapes)) continue;
      if (chunk.columns[column].heap_capacity - chunk.columns[column].heap_count < count + slack) {
        chunk.heap_needed = count + slack;
        return false;
      }
    }
    return true;
  }

  int32_t readTogether(size_t count) {
    const size_t base = chunk.position;
    const uint32_t tokenCount = workspace.finder->n_structural_indexes;
    for (size_t start = 0; start < count;) {
      const size_t end = lineEnd(walker.buffer, start, count);
      if (chunk.row_count == chunk.row_capacity) {
        chunk.position = base + start;
        return tidemill_json_rows_full;
      }
      walker.lineEnd = uint32_t(end);
      // A line without a token of its own is blank.
      if (walker.next < tokenCount && walker.tokens[walker.next] < end) {
        readLine(start, end);
        while (walker.next < tokenCount && walker.tokens[walker.next] < end) walker.next++;
      }
      start = end + 1;
    }
    chunk.position = base + count;
    return tidemill_json_done;
  }

  int32_t readAlone(size_t count) {
    const size_t base = chunk.position;
    const uint8_t *buffer = walker.buffer;
    for (size_t start = 0; start < count;) {
      const size_t end = lineEnd(buffer, start, count);
      if (chunk.row_count == chunk.row_capacity) {
        chunk.position = base + start;
        return tidemill_json_rows_full;
      }
      if (!isBlank(buffer, start, end)) {
        const auto code = workspace.finder->stage1(buffer + start, end - start, simdjson::stage1_mode::regular);
        if (code == simdjson::SUCCESS) {
          walker.buffer = buffer + start;
          walker.bufferOffset = base + start;
          walker.next = 0;
          walker.lineEnd = uint32_t(end - start);
          readLine(0, end - start);
        } else {
          reject(base + start, end - start, messageFor(code));
        }
      }
      start = end + 1;
    }
    chunk.position = base + count;
    return tidemill_json_done;
  }

  /// Reads the line whose tokens come next. `start` and `end` count from the walker's buffer.
  void readLine(size_t start, size_t end) {
    walker.row = chunk.row_count;
    const uint64_t offset = walker.bufferOffset + start;
    if (!walker.record()) return reject(offset, end - start, walker.error);
    if (walker.hasMisfits) {
      const int32_t column = walker.firstMisfit();
      if (column >= 0) {
        const Misfit &value = workspace.misfits[size_t(column)];
        workspace.rejections.push_back({offset, end - start, column, value.offset, value.length, nullptr});
        return;
      }
    }
    chunk.row_offsets[chunk.row_count++] = offset;
  }

  void reject(uint64_t offset, uint64_t length, const char *message) {
    workspace.rejections.push_back({offset, length, -1, 0, 0, message});
  }

  const tidemill_json_plan &plan;
  tidemill_json_chunk &chunk;
  Workspace &workspace;
  RecordWalker walker;
};

int32_t decode(const tidemill_json_plan &plan, tidemill_json_chunk &chunk, Workspace &workspace) {
  workspace.rejections.clear();
  workspace.misfits.resize(plan.kinds.size());
  PieceReader reader(plan, chunk, workspace);
  int32_t status = tidemill_json_done;
  while (chunk.position < chunk.end && status == tidemill_json_done) {
    const size_t end = pieceEnd(chunk.bytes, chunk.position, chunk.end);
    const bool isOneLine = end - chunk.position > pieceSize;
    if (isOneLine && end - chunk.position > longestLine) {
      const size_t length = lineEnd(chunk.bytes, chunk.position, end) - chunk.position;
      workspace.rejections.push_back({chunk.position, length, -1, 0, 0, "longer than 64 MiB"});
      chunk.position = end;
      continue;
    }
    status = reader.read(end);
  }
  chunk.rejections = workspace.rejections.data();
  chunk.rejection_count = workspace.rejections.size();
  workspace.trim();
  return status;
}

}  // namespace
}  // namespace tidemill

extern "C" int32_t tidemill_json_decode(const tidemill_json_plan *plan, tidemill_json_chunk *chunk) {
  static thread_local tidemill::Workspace workspace;
  try {
    return tidemill::decode(*plan, *chunk, workspace);
  } catch (const std::bad_alloc &) {
    chunk->rejection_count = 0;
    return tidemill_json_out_of_memory;
  }
}

extern "C" int32_t tidemill_is_utf8(const uint8_t *bytes, size_t count) {
  return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), count);
}
