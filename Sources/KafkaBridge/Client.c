// What needs librdkafka: nothing without the package trait Kafka.
#ifdef TIDEMILL_KAFKA

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Bell.h"

// MARK: Reading

typedef struct {
  char *bytes;
  size_t count, capacity;
  int failed;
} text;

static void put(text *out, const char *bytes, size_t count) {
  if (out->failed) return;
  if (out->count + count > out->capacity) {
    size_t capacity = (out->count + count) * 2 + 64;
    char *grown = realloc(out->bytes, capacity);
    if (!grown) {
      out->failed = 1;
      return;
    }
    out->bytes = grown;
    out->capacity = capacity;
  }
  memcpy(out->bytes + out->count, bytes, count);
  out->count += count;
}

static void put_json(text *out, const char *bytes, size_t count) {
  if (!bytes || !tidemill_kafka_is_utf8((const uint8_t *)bytes, count)) {
    put(out, "null", 4);
    return;
  }
  put(out, "\"", 1);
  for (size_t index = 0; index < count; index++) {
    unsigned char byte = (unsigned char)bytes[index];
    if (byte == '"' || byte == '\\') {
      put(out, "\\", 1);
      put(out, bytes + index, 1);
    } else if (byte < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", byte);
      put(out, escape, 6);
    } else {
      put(out, bytes + index, 1);
    }
  }
  put(out, "\"", 1);
}

/// `[{"key":"a","value":"b"}]`, in their order; nothing without headers.
static void headers_text(const rd_kafka_message_t *message, text *out) {
  rd_kafka_headers_t *headers;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char *name;
  const void *value;
  size_t size;
  for (size_t index = 0; !rd_kafka_header_get_all(headers, index, &name, &value, &size); index++) {
    put(out, index ? ",{\"key\":" : "[{\"key\":", 8);
    put_json(out, name, strlen(name));
    put(out, ",\"value\":", 9);
    put_json(out, value, size);
    put(out, "}", 1);
  }
  if (out->count) put(out, "]", 1);
}

static int add(tidemill_kafka_chunk *chunk, int layout, const rd_kafka_message_t *message) {
  rd_kafka_timestamp_type_t kind;
  int64_t timestamp = rd_kafka_message_timestamp(message, &kind);
  if (kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) timestamp = -1;
  text headers = {0};
  if (chunk->keeps_extras) headers_text(message, &headers);
  int ok = !headers.failed &&
           tidemill_kafka_chunk_add(
               chunk, layout, message->offset, timestamp, message->payload, message->len, message->key, message->key_len,
               headers.bytes, headers.count);
  free(headers.bytes);
  return ok;
}

void tidemill_kafka_consume(
    struct rd_kafka_queue_s *queue, int timeout, int limit, int layout, tidemill_kafka_chunk *chunk, int64_t *next,
    tidemill_kafka_outcome *outcome) {
  enum { most = 4096 };
  static _Thread_local rd_kafka_message_t *messages[most];
  memset(outcome, 0, offsetof(tidemill_kafka_outcome, error_text));
  outcome->error_text[0] = 0;
  outcome->out_of_memory = 0;
  ssize_t count = rd_kafka_consume_batch_queue(queue, timeout, messages, (size_t)(limit < most ? limit : most));
  for (ssize_t index = 0; index < count; index++) {
    rd_kafka_message_t *message = messages[index];
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      outcome->reached_end = 1;
      // Control records and aborted messages before the end are passed by.
      if (message->offset > *next) *next = message->offset;
    } else if (message->err) {
      if (!outcome->error) {
        outcome->error = message->err;
        snprintf(outcome->error_text, sizeof outcome->error_text, "%s", rd_kafka_message_errstr(message));
      }
    } else if (message->offset >= *next) {
      if (!add(chunk, layout, message)) outcome->out_of_memory = 1;
      outcome->reached_end = 0;
      outcome->messages++;
      outcome->bytes += message->len;
      *next = message->offset + 1;
    }
    rd_kafka_message_destroy(message);
  }
}

// MARK: Bells

static void ring(rd_kafka_t *client, void *bell) {
  (void)client;
  tidemill_bell_ring(bell);
}

void tidemill_bell_attach(tidemill_bell *bell, struct rd_kafka_queue_s *queue) {
  rd_kafka_queue_cb_event_enable(queue, bell ? ring : NULL, bell);
}

// MARK: Events

struct tidemill_kafka_events {
  pthread_mutex_t mutex;
  int error;
  char text[512];
  int delivery_error;
};

tidemill_kafka_events *tidemill_kafka_events_create(void) {
  tidemill_kafka_events *events = calloc(1, sizeof *events);
  if (!events) abort();
  pthread_mutex_init(&events->mutex, NULL);
  return events;
}

void tidemill_kafka_events_destroy(tidemill_kafka_events *events) {
  pthread_mutex_destroy(&events->mutex);
  free(events);
}

static void on_error(rd_kafka_t *client, int error, const char *reason, void *opaque) {
  (void)client;
  tidemill_kafka_events *events = opaque;
  pthread_mutex_lock(&events->mutex);
  events->error = error;
  snprintf(events->text, sizeof events->text, "%s", reason);
  pthread_mutex_unlock(&events->mutex);
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client;
  if (!message->err) return;
  tidemill_kafka_events *events = opaque;
  pthread_mutex_lock(&events->mutex);
  if (!events->delivery_error) events->delivery_error = message->err;
  pthread_mutex_unlock(&events->mutex);
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
  // What matters comes as an error; the rest would end up between the results on the terminal.
  (void)client, (void)level, (void)facility, (void)text;
}

void tidemill_kafka_events_attach(tidemill_kafka_events *events, struct rd_kafka_conf_s *conf) {
  rd_kafka_conf_set_opaque(conf, events);
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_log_cb(conf, on_log);
}

int tidemill_kafka_events_take_error(tidemill_kafka_events *events, char *text, size_t capacity) {
  pthread_mutex_lock(&events->mutex);
  int error = events->error;
  snprintf(text, capacity, "%s", events->text);
  events->error = 0;
  events->text[0] = 0;
  pthread_mutex_unlock(&events->mutex);
  return error;
}

int tidemill_kafka_events_take_delivery_error(tidemill_kafka_events *events) {
  pthread_mutex_lock(&events->mutex);
  int error = events->delivery_error;
  events->delivery_error = 0;
  pthread_mutex_unlock(&events->mutex);
  return error;
}

// MARK: Writing

int tidemill_kafka_produce(
    struct rd_kafka_s *client, struct rd_kafka_topic_s *topic, const uint8_t *values, const uint64_t *value_ends,
    const uint8_t *keys, const uint64_t *key_ends, size_t key_gap, const uint8_t *is_tombstone, size_t count, size_t *sent) {
  uint64_t value = 0, key = 0;
  for (*sent = 0; *sent < count; (*sent)++) {
    size_t row = *sent;
    const void *payload = is_tombstone && is_tombstone[row] ? NULL : values + value;
    size_t length = payload ? value_ends[row] - value : 0;
    const void *key_bytes = key_ends ? keys + key : NULL;
    size_t key_length = key_ends ? key_ends[row] - key : 0;
    while (rd_kafka_produce(
               topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)payload, length, key_bytes, key_length, NULL) == -1) {
      rd_kafka_resp_err_t error = rd_kafka_last_error();
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) return error;
      rd_kafka_poll(client, 100);
      // A transaction that has failed never empties its queue.
      if (rd_kafka_fatal_error(client, NULL, 0)) return RD_KAFKA_RESP_ERR__FATAL;
    }
    value = value_ends[row] + 1;
    if (key_ends) key = key_ends[row] + key_gap;
    if ((row & 1023) == 1023) rd_kafka_poll(client, 0);
  }
  return 0;
}

#endif
