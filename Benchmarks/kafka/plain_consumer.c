// The yardstick for reading Kafka: a consumer that counts messages and bytes, and does nothing else.
//
//   cc -O2 plain_consumer.c $(pkg-config --cflags --libs rdkafka) -o plain_consumer
//   plain_consumer SERVERS TOPIC PARTITIONS MESSAGES
//
// Ends with the last message, and prints messages, bytes, and the seconds from the first message and from the start on.
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[256];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
    fprintf(stderr, "%s\n", error);
    exit(1);
  }
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: plain_consumer SERVERS TOPIC PARTITIONS MESSAGES\n");
    return 1;
  }
  int partitions = atoi(arguments[3]);
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", arguments[1]);
  set(conf, "isolation.level", "read_committed");
  set(conf, "receive.message.max.bytes", "1000000000");
  // At its best: it never stops fetching because its queue is full, which costs librdkafka before 2.2 a second each time.
  set(conf, "queued.min.messages", "10000000");
  set(conf, "queued.max.messages.kbytes", "2000000");
  char error[256];
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  if (!client) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  rd_kafka_topic_t *topic = rd_kafka_topic_new(client, arguments[2], NULL);
  double started = now();
  // Asked for first, or librdkafka looks for the partitions at its leisure.
  const struct rd_kafka_metadata *metadata;
  if (rd_kafka_metadata(client, 0, topic, &metadata, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR) return 1;
  rd_kafka_metadata_destroy(metadata);
  for (int partition = 0; partition < partitions; partition++)
    rd_kafka_consume_start(topic, partition, RD_KAFKA_OFFSET_BEGINNING);
  enum { most = 4096 };
  static rd_kafka_message_t *messages[most];
  long long total = 0, bytes = 0;
  double first = 0;
  int partition = 0, idle = 0;
  long long wanted = atoll(arguments[4]);
  while (total < wanted) {
    ssize_t got = rd_kafka_consume_batch(topic, partition, idle < partitions ? 0 : 1, messages, most);
    partition = (partition + 1) % partitions;
    idle = got > 0 ? 0 : idle + 1;
    if (got > 0 && first == 0) first = now();
    for (ssize_t index = 0; index < got; index++) {
      if (messages[index]->err) {
        fprintf(stderr, "%s\n", rd_kafka_message_errstr(messages[index]));
        return 1;
      } else {
        total++;
        bytes += (long long)messages[index]->len;
      }
      rd_kafka_message_destroy(messages[index]);
    }
  }
  double ended = now();
  printf("%lld %lld %.6f %.6f\n", total, bytes, ended - first, ended - started);
  // The process ends here: there is nothing to put in order.
  fflush(stdout);
  _Exit(0);
}
