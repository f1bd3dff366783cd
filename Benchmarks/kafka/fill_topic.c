// Makes a topic of so many partitions and fills it with the lines of standard input, dealt out in turn.
//
//   cc -O2 fill_topic.c $(pkg-config --cflags --libs rdkafka) -o fill_topic
//   fill_topic SERVERS TOPIC PARTITIONS < events.ndjson
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long long failed;

static void delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client, (void)opaque;
  if (message->err) failed++;
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: fill_topic SERVERS TOPIC PARTITIONS\n");
    return 1;
  }
  int partitions = atoi(arguments[3]);
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  const char *settings[][2] = {
      {"bootstrap.servers", arguments[1]}, {"linger.ms", "20"}, {"compression.codec", "none"},
      {"queue.buffering.max.messages", "500000"}, {"enable.idempotence", "true"}};
  for (size_t index = 0; index < sizeof settings / sizeof *settings; index++)
    if (rd_kafka_conf_set(conf, settings[index][0], settings[index][1], error, sizeof error) != RD_KAFKA_CONF_OK) return 1;
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (!client) return 1;

  rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
  rd_kafka_NewTopic_t *made = rd_kafka_NewTopic_new(arguments[2], partitions, 1, error, sizeof error);
  rd_kafka_CreateTopics(client, &made, 1, NULL, queue);
  rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 20000);
  if (!event || rd_kafka_event_error(event)) {
    fprintf(stderr, "the topic was not made\n");
    return 1;
  }
  rd_kafka_event_destroy(event);

  rd_kafka_topic_t *topic = rd_kafka_topic_new(client, arguments[2], NULL);
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  long long sent = 0;
  while ((length = getline(&line, &capacity, stdin)) > 0) {
    if (line[length - 1] == '\n') length--;
    while (rd_kafka_produce(topic, (int)(sent % partitions), RD_KAFKA_MSG_F_COPY, line, (size_t)length, NULL, 0, NULL) == -1) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) return 1;
      rd_kafka_poll(client, 50);
    }
    if (++sent % 4096 == 0) rd_kafka_poll(client, 0);
  }
  if (rd_kafka_flush(client, 120000) != RD_KAFKA_RESP_ERR_NO_ERROR || failed) {
    fprintf(stderr, "%lld messages were not sent\n", failed);
    return 1;
  }
  printf("%lld\n", sent);
  fflush(stdout);
  _Exit(0);
}
