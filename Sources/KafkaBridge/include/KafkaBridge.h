// What is done once per message, in C: taking messages from librdkafka into contiguous memory, and giving it rows to send.
#ifndef TIDEMILL_KAFKA_BRIDGE_H
#define TIDEMILL_KAFKA_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

// librdkafka's types by their tags, so that this header can be read where librdkafka is not installed.
struct rd_kafka_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_s;
struct rd_kafka_conf_s;

#ifdef __cplusplus
extern "C" {
#endif

/// Loads librdkafka unless it is there already. Returns `NULL`, or why it can't be used, for as long as the process lives.
///
/// To be called before any of librdkafka's functions, which end the process when there is none.
const char *tidemill_kafka_problem(void);

/// How messages are laid out for whoever decodes them.
enum {
  /// Line feeds inside a message become spaces outside of JSON strings, and a byte that no JSON has inside of them.
  tidemill_kafka_json = 0,
  /// A message of several lines is flagged; one line feed at its end is dropped.
  tidemill_kafka_csv = 1,
  /// As they are.
  tidemill_kafka_text = 2,
};

/// What is the matter with a message.
enum {
  tidemill_kafka_tombstone = 1,
  tidemill_kafka_blank = 2,
  tidemill_kafka_several_lines = 4,
};

/// Messages of one partition: their values one behind the other, each followed by a line feed.
typedef struct {
  uint8_t *bytes;
  size_t byte_count, byte_capacity;
  /// Where each value begins, and, one more, where the last one's line feed ends.
  uint64_t *starts;
  int64_t *offsets;
  /// Milliseconds since 1970; -1 without one.
  int64_t *timestamps;
  uint8_t *flags;
  size_t count, capacity;
  /// The highest timestamp, -1 without any.
  int64_t highest_timestamp;
  /// Whether keys and headers are kept: their bytes, and four numbers a message: start and length of the key, start and length
  /// of the headers as JSON text. A length of UINT64_MAX means NULL.
  int keeps_extras;
  uint8_t *extra;
  size_t extra_count, extra_capacity;
  uint64_t *extra_spans;
} tidemill_kafka_chunk;

/// What came out of one look into a partition's queue.
typedef struct {
  int messages;
  size_t bytes;
  /// Whether the last thing was the end of the partition.
  int reached_end;
  /// The first error of librdkafka, 0 without one, and what it says.
  int error;
  char error_text[512];
  /// Set when memory ran out: nothing of the chunk can be relied on.
  int out_of_memory;
} tidemill_kafka_outcome;

tidemill_kafka_chunk *tidemill_kafka_chunk_create(int keeps_extras);
void tidemill_kafka_chunk_destroy(tidemill_kafka_chunk *chunk);
/// Forgets the messages and keeps the memory.
void tidemill_kafka_chunk_clear(tidemill_kafka_chunk *chunk);
/// Appends the messages of another chunk; 0 when memory runs out.
int tidemill_kafka_chunk_append(tidemill_kafka_chunk *chunk, const tidemill_kafka_chunk *other);
/// Appends one message; 0 when memory runs out. A `value` of NULL is a tombstone.
int tidemill_kafka_chunk_add(
    tidemill_kafka_chunk *chunk, int layout, int64_t offset, int64_t timestamp, const void *value, size_t length,
    const void *key, size_t key_length, const char *headers, size_t headers_length);

/// Takes what a partition's queue has, at most `limit` messages, waiting for at most `timeout` milliseconds.
///
/// `next` is the offset to go on from: earlier messages are passed over, and it moves along.
void tidemill_kafka_consume(
    struct rd_kafka_queue_s *queue, int timeout, int limit, int layout, tidemill_kafka_chunk *chunk, int64_t *next,
    tidemill_kafka_outcome *outcome);

/// Whether bytes are UTF-8.
int tidemill_kafka_is_utf8(const uint8_t *bytes, size_t count);

/// A lock with a condition: for threads that wait for each other.
typedef struct tidemill_monitor tidemill_monitor;
tidemill_monitor *tidemill_monitor_create(void);
void tidemill_monitor_destroy(tidemill_monitor *monitor);
void tidemill_monitor_lock(tidemill_monitor *monitor);
void tidemill_monitor_unlock(tidemill_monitor *monitor);
/// Gives the lock away until somebody calls `tidemill_monitor_notify`, or for so many milliseconds.
void tidemill_monitor_wait(tidemill_monitor *monitor, int milliseconds);
void tidemill_monitor_notify(tidemill_monitor *monitor);

/// A bell that librdkafka rings when a queue gets its first message.
typedef struct tidemill_bell tidemill_bell;
tidemill_bell *tidemill_bell_create(void);
void tidemill_bell_destroy(tidemill_bell *bell);
void tidemill_bell_ring(tidemill_bell *bell);
/// Returns once it was rung since the last wait, or after so many milliseconds.
void tidemill_bell_wait(tidemill_bell *bell, int milliseconds);
/// Makes a queue ring the bell, or, with NULL, no longer.
void tidemill_bell_attach(tidemill_bell *bell, struct rd_kafka_queue_s *queue);

/// The last error of a client that was not about one partition; and how many deliveries failed.
typedef struct tidemill_kafka_events tidemill_kafka_events;
tidemill_kafka_events *tidemill_kafka_events_create(void);
void tidemill_kafka_events_destroy(tidemill_kafka_events *events);
/// Makes the callbacks of a configuration report here; the events must outlive the client.
void tidemill_kafka_events_attach(tidemill_kafka_events *events, struct rd_kafka_conf_s *conf);
/// Takes the last error: its code, 0 if there was none, and its text.
int tidemill_kafka_events_take_error(tidemill_kafka_events *events, char *text, size_t capacity);
/// Takes the first delivery error since the last call, 0 if there was none.
int tidemill_kafka_events_take_delivery_error(tidemill_kafka_events *events);

/// Sends rows: `values` and `keys` lie one behind the other, ended by line feeds or, for keys, by `key_ends`.
///
/// Waits while librdkafka's queue is full, and serves delivery reports meanwhile.
/// - `value_ends[i]` is where value i ends, without its line feed, which is passed over; `is_tombstone[i]` sends no value.
/// - `key_ends` may be NULL: then there are no keys. `key_gap` is how many bytes separate keys.
/// Returns 0, or librdkafka's error code; `sent` is how many rows were given to it.
int tidemill_kafka_produce(
    struct rd_kafka_s *client, struct rd_kafka_topic_s *topic, const uint8_t *values, const uint64_t *value_ends,
    const uint8_t *keys, const uint64_t *key_ends, size_t key_gap, const uint8_t *is_tombstone, size_t count, size_t *sent);

#ifdef __cplusplus
}
#endif
#endif
