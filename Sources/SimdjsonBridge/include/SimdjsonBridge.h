// JSON lines into columns, for Swift: simdjson finds the tokens of many lines at once, one call fills the memory of all columns.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "WideBytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a column takes, and how its rows lie in memory.
enum {
  /// uint8_t, 1 = true.
  tidemill_json_boolean = 0,
  /// int64_t within 32 bits.
  tidemill_json_int = 1,
  /// int64_t.
  tidemill_json_bigint = 2,
  /// double.
  tidemill_json_double = 3,
  /// tidemill_json_view; long strings lie in the column's heap.
  tidemill_json_string = 4,
  /// tidemill_json_span over the digits of a number or the content of a string.
  tidemill_json_decimal = 5,
  /// tidemill_json_span over the content of a string.
  tidemill_json_date = 6,
  /// tidemill_json_span over the content of a string or the digits of a number.
  tidemill_json_timestamp = 7,
};

/// A string as TidemillColumns.StringView lays it out.
typedef struct {
  uint64_t head;
  uint64_t tail;
} tidemill_json_view;

enum {
  /// The text lies in the column's heap, because it had escapes; else in the input.
  tidemill_json_in_heap = 1,
  /// The text was a JSON number, not a string.
  tidemill_json_was_number = 2,
};

/// Text that Swift will convert.
typedef struct {
  uint64_t offset;
  uint32_t length;
  uint32_t flags;
} tidemill_json_span;

/// The memory of one column. `heap_count` grows; the caller makes room when asked to.
typedef struct {
  void *values;
  /// One byte a row: 1 = a value, 0 = null.
  uint8_t *validity;
  uint8_t *heap;
  size_t heap_capacity;
  size_t heap_count;
} tidemill_json_column;

/// A line that gave no row.
typedef struct {
  /// Where the line lies in the input, without its line end.
  uint64_t offset;
  uint64_t length;
  /// The column whose type the value is not of; -1 when the line is malformed.
  int32_t column;
  /// The raw JSON text of that value.
  uint64_t value_offset;
  uint64_t value_length;
  /// Why the line is malformed; a constant.
  const char *message;
} tidemill_json_rejection;

/// What a call reads and where it writes. Rows are appended behind the `row_count` that are there.
typedef struct {
  const uint8_t *bytes;
  /// How many bytes may be read at `bytes`, at least `end`. The tail is copied where there is no slack behind `end`.
  size_t readable;
  /// The next line begins here; moves on to `end`.
  size_t position;
  size_t end;
  tidemill_json_column *columns;
  /// Where each row begins in the input.
  uint64_t *row_offsets;
  size_t row_capacity;
  size_t row_count;
  /// What this call rejected, in order; valid until the next call on this thread.
  const tidemill_json_rejection *rejections;
  size_t rejection_count;
  /// How many bytes must be free in each heap that has fewer, when the call stopped for that.
  size_t heap_needed;
} tidemill_json_chunk;

/// Why a call returned.
enum {
  tidemill_json_done = 0,
  /// `row_capacity` is used up: make room and call again.
  tidemill_json_rows_full = 1,
  /// A string heap has less than `heap_needed` bytes free: make room and call again.
  tidemill_json_heap_full = 2,
  tidemill_json_out_of_memory = 3,
};

/// Which columns are read from where in a record. Never changed once it is in use, so threads may share it.
typedef struct tidemill_json_plan tidemill_json_plan;

tidemill_json_plan *tidemill_json_plan_create(void);
void tidemill_json_plan_destroy(tidemill_json_plan *plan);

/// Adds the next column. Its path is `part_count` keys, whose UTF-8 lies behind one another in `parts`.
void tidemill_json_plan_add(
    tidemill_json_plan *plan, int32_t kind, const uint8_t *parts, const size_t *part_lengths, size_t part_count);

/// Decodes the lines in `position..<end`. One line is fine: that is how a single record is decoded.
int32_t tidemill_json_decode(const tidemill_json_plan *plan, tidemill_json_chunk *chunk);

/// How a number that begins at `text` is read. At least 64 bytes must be readable behind it, a line feed among them.
enum {
  tidemill_json_no_number = 0,
  /// It is one by JSON's grammar, but none of the type.
  tidemill_json_number_misfit = 1,
  tidemill_json_number_fits = 2,
};

/// Reads an integer of any form, `1e3` and `2.0` included, of 64 bits. `length` is set whenever it is a number.
int32_t tidemill_json_integer(const uint8_t *text, int64_t *value, size_t *length);

/// Reads the nearest double.
int32_t tidemill_json_double_value(const uint8_t *text, double *value, size_t *length);

/// Writes a string, whose escapes must be valid, without them; returns its new length, never more than it had.
size_t tidemill_json_unescape(const uint8_t *text, size_t count, uint8_t *to);

/// Whether the bytes are UTF-8.
int32_t tidemill_is_utf8(const uint8_t *bytes, size_t count);

#ifdef __cplusplus
}
#endif
