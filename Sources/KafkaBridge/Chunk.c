// Messages laid out one behind the other.
#include "KafkaBridge.h"

#include <stdlib.h>
#include <string.h>

tidemill_kafka_chunk *tidemill_kafka_chunk_create(int keeps_extras) {
  tidemill_kafka_chunk *chunk = calloc(1, sizeof *chunk);
  if (!chunk) return NULL;
  chunk->highest_timestamp = -1;
  chunk->keeps_extras = keeps_extras;
  return chunk;
}

void tidemill_kafka_chunk_destroy(tidemill_kafka_chunk *chunk) {
  if (!chunk) return;
  free(chunk->bytes);
  free(chunk->starts);
  free(chunk->offsets);
  free(chunk->timestamps);
  free(chunk->flags);
  free(chunk->extra);
  free(chunk->extra_spans);
  free(chunk);
}

void tidemill_kafka_chunk_clear(tidemill_kafka_chunk *chunk) {
  chunk->byte_count = 0;
  chunk->count = 0;
  chunk->extra_count = 0;
  chunk->highest_timestamp = -1;
}

static int grow(void **memory, size_t count, size_t size) {
  void *grown = realloc(*memory, count * size);
  if (!grown) return 0;
  *memory = grown;
  return 1;
}

static int reserve_bytes(uint8_t **bytes, size_t *capacity, size_t needed) {
  if (needed <= *capacity) return 1;
  size_t wanted = *capacity ? *capacity * 2 : 4096;
  if (wanted < needed) wanted = needed;
  if (!grow((void **)bytes, wanted, 1)) return 0;
  *capacity = wanted;
  return 1;
}

static int reserve_messages(tidemill_kafka_chunk *chunk, size_t needed) {
  if (needed <= chunk->capacity) return 1;
  size_t wanted = chunk->capacity ? chunk->capacity * 2 : 64;
  if (wanted < needed) wanted = needed;
  if (!grow((void **)&chunk->starts, wanted + 1, sizeof *chunk->starts)) return 0;
  if (!grow((void **)&chunk->offsets, wanted, sizeof *chunk->offsets)) return 0;
  if (!grow((void **)&chunk->timestamps, wanted, sizeof *chunk->timestamps)) return 0;
  if (!grow((void **)&chunk->flags, wanted, 1)) return 0;
  if (chunk->keeps_extras && !grow((void **)&chunk->extra_spans, wanted * 4, sizeof *chunk->extra_spans)) return 0;
  chunk->starts[chunk->count] = chunk->byte_count;
  chunk->capacity = wanted;
  return 1;
}

int tidemill_kafka_chunk_append(tidemill_kafka_chunk *chunk, const tidemill_kafka_chunk *other) {
  if (!other->count) return 1;
  if (!reserve_messages(chunk, chunk->count + other->count)) return 0;
  if (!reserve_bytes(&chunk->bytes, &chunk->byte_capacity, chunk->byte_count + other->byte_count)) return 0;
  memcpy(chunk->bytes + chunk->byte_count, other->bytes, other->byte_count);
  for (size_t index = 0; index <= other->count; index++)
    chunk->starts[chunk->count + index] = chunk->byte_count + other->starts[index];
  memcpy(chunk->offsets + chunk->count, other->offsets, other->count * sizeof *other->offsets);
  memcpy(chunk->timestamps + chunk->count, other->timestamps, other->count * sizeof *other->timestamps);
  memcpy(chunk->flags + chunk->count, other->flags, other->count);
  if (chunk->keeps_extras) {
    if (!reserve_bytes(&chunk->extra, &chunk->extra_capacity, chunk->extra_count + other->extra_count)) return 0;
    if (other->extra_count) memcpy(chunk->extra + chunk->extra_count, other->extra, other->extra_count);
    for (size_t index = 0; index < other->count * 4; index++)
      chunk->extra_spans[chunk->count * 4 + index] =
          other->extra_spans[index] + (index % 2 == 0 ? chunk->extra_count : 0);
    chunk->extra_count += other->extra_count;
  }
  chunk->byte_count += other->byte_count;
  chunk->count += other->count;
  if (other->highest_timestamp > chunk->highest_timestamp) chunk->highest_timestamp = other->highest_timestamp;
  return 1;
}

static int is_space(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

/// Line feeds between tokens are spaces to JSON. Inside of a string none may be: it becomes a byte that may not be there either.
static void flatten_json(uint8_t *bytes, size_t count) {
  int in_string = 0;
  for (size_t index = 0; index < count; index++) {
    uint8_t byte = bytes[index];
    if (byte == '\n') {
      bytes[index] = in_string ? 1 : ' ';
    } else if (byte == '"') {
      in_string = !in_string;
    } else if (byte == '\\' && in_string && index + 1 < count && bytes[index + 1] != '\n') {
      index++;
    }
  }
}

static int add_extra(tidemill_kafka_chunk *chunk, uint64_t *span, const void *bytes, size_t count) {
  span[0] = chunk->extra_count;
  span[1] = UINT64_MAX;
  if (!bytes || !tidemill_kafka_is_utf8(bytes, count)) return 1;
  if (!reserve_bytes(&chunk->extra, &chunk->extra_capacity, chunk->extra_count + count + 1)) return 0;
  memcpy(chunk->extra + chunk->extra_count, bytes, count);
  chunk->extra_count += count;
  span[1] = count;
  return 1;
}

int tidemill_kafka_chunk_add(
    tidemill_kafka_chunk *chunk, int layout, int64_t offset, int64_t timestamp, const void *value, size_t length,
    const void *key, size_t key_length, const char *headers, size_t headers_length) {
  if (!reserve_messages(chunk, chunk->count + 1)) return 0;
  if (!reserve_bytes(&chunk->bytes, &chunk->byte_capacity, chunk->byte_count + length + 2)) return 0;
  uint8_t *target = chunk->bytes + chunk->byte_count;
  uint8_t flag = 0;
  if (!value) {
    flag = tidemill_kafka_tombstone;
    length = 0;
  } else {
    memcpy(target, value, length);
    if (layout != tidemill_kafka_text) {
      if (layout == tidemill_kafka_csv && length && target[length - 1] == '\n') length--;
      // Most messages begin with what they are: only the others are looked through for something else than space.
      if (length == 0 || is_space(target[0])) {
        size_t index = 0;
        while (index < length && is_space(target[index])) index++;
        if (index == length) flag = tidemill_kafka_blank;
      }
      if (!flag && memchr(target, '\n', length)) {
        if (layout == tidemill_kafka_json) flatten_json(target, length);
        else flag = tidemill_kafka_several_lines;
      }
    }
  }
  // A line that no format takes stands in for what cannot be given to one.
  if (flag && layout != tidemill_kafka_text) {
    length = 1;
    target[0] = 1;
  }
  target[length] = '\n';
  size_t message = chunk->count;
  chunk->flags[message] = flag;
  chunk->offsets[message] = offset;
  chunk->timestamps[message] = timestamp;
  if (timestamp > chunk->highest_timestamp) chunk->highest_timestamp = timestamp;
  if (chunk->keeps_extras) {
    uint64_t *span = chunk->extra_spans + message * 4;
    if (!add_extra(chunk, span, key, key_length)) return 0;
    if (!add_extra(chunk, span + 2, headers, headers_length)) return 0;
  }
  chunk->byte_count += length + 1;
  chunk->count = message + 1;
  chunk->starts[message + 1] = chunk->byte_count;
  return 1;
}

int tidemill_kafka_is_utf8(const uint8_t *bytes, size_t count) {
  size_t index = 0;
  while (index < count) {
    uint8_t byte = bytes[index];
    if (byte < 0x80) {
      index++;
      continue;
    }
    size_t more;
    uint8_t least = 0x80, most = 0xBF;
    if (byte >= 0xC2 && byte <= 0xDF) {
      more = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
      more = 2;
      if (byte == 0xE0) least = 0xA0;
      if (byte == 0xED) most = 0x9F;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
      more = 3;
      if (byte == 0xF0) least = 0x90;
      if (byte == 0xF4) most = 0x8F;
    } else {
      return 0;
    }
    if (count - index <= more) return 0;
    for (size_t next = 1; next <= more; next++) {
      uint8_t trail = bytes[index + next];
      if (trail < least || trail > most) return 0;
      least = 0x80;
      most = 0xBF;
    }
    index += more + 1;
  }
  return 1;
}
