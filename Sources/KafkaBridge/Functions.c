// What is called of librdkafka: a function that is missing here is missed by the linker.
#include "KafkaBridge.h"

#if defined(TIDEMILL_KAFKA) && defined(__linux__)
#include <librdkafka/rdkafka.h>

#include "LazyLibrary.h"

static tidemill_lazy_library lazy_library = TIDEMILL_LAZY_LIBRARY("librdkafka.so.1");

const char *tidemill_kafka_problem(void) { return tidemill_lazy_load(&lazy_library); }

TIDEMILL_LAZY_2(rd_kafka_error_t *, rd_kafka_abort_transaction, rd_kafka_t *, int)
TIDEMILL_LAZY_1(rd_kafka_error_t *, rd_kafka_begin_transaction, rd_kafka_t *)
TIDEMILL_LAZY_3(rd_kafka_resp_err_t, rd_kafka_commit, rd_kafka_t *, const rd_kafka_topic_partition_list_t *, int)
TIDEMILL_LAZY_2(rd_kafka_error_t *, rd_kafka_commit_transaction, rd_kafka_t *, int)
TIDEMILL_LAZY_3(rd_kafka_resp_err_t, rd_kafka_committed, rd_kafka_t *, rd_kafka_topic_partition_list_t *, int)
TIDEMILL_LAZY_1(void, rd_kafka_conf_destroy, rd_kafka_conf_t *)
TIDEMILL_LAZY_0(rd_kafka_conf_t *, rd_kafka_conf_new)
TIDEMILL_LAZY_5(rd_kafka_conf_res_t, rd_kafka_conf_set, rd_kafka_conf_t *, const char *, const char *, char *, size_t)
TIDEMILL_LAZY_2(void, rd_kafka_conf_set_dr_msg_cb, rd_kafka_conf_t *, void (*)(rd_kafka_t *, const rd_kafka_message_t *,
    void *))
TIDEMILL_LAZY_2(void, rd_kafka_conf_set_error_cb, rd_kafka_conf_t *, void (*)(rd_kafka_t *, int, const char *, void *))
TIDEMILL_LAZY_2(void, rd_kafka_conf_set_log_cb, rd_kafka_conf_t *, void (*)(const rd_kafka_t *, int, const char *,
    const char *))
TIDEMILL_LAZY_2(void, rd_kafka_conf_set_opaque, rd_kafka_conf_t *, void *)
TIDEMILL_LAZY_4(ssize_t, rd_kafka_consume_batch_queue, rd_kafka_queue_t *, int, rd_kafka_message_t **, size_t)
TIDEMILL_LAZY_3(int, rd_kafka_consume_start, rd_kafka_topic_t *, int32_t, int64_t)
TIDEMILL_LAZY_2(int, rd_kafka_consume_stop, rd_kafka_topic_t *, int32_t)
TIDEMILL_LAZY_1(void, rd_kafka_consumer_group_metadata_destroy, rd_kafka_consumer_group_metadata_t *)
TIDEMILL_LAZY_1(rd_kafka_consumer_group_metadata_t *, rd_kafka_consumer_group_metadata_new, const char *)
TIDEMILL_LAZY_1(void, rd_kafka_destroy, rd_kafka_t *)
TIDEMILL_LAZY_1(const char *, rd_kafka_err2str, rd_kafka_resp_err_t)
TIDEMILL_LAZY_1(rd_kafka_resp_err_t, rd_kafka_error_code, const rd_kafka_error_t *)
TIDEMILL_LAZY_1(void, rd_kafka_error_destroy, rd_kafka_error_t *)
TIDEMILL_LAZY_1(int, rd_kafka_error_is_retriable, const rd_kafka_error_t *)
TIDEMILL_LAZY_1(const char *, rd_kafka_error_string, const rd_kafka_error_t *)
TIDEMILL_LAZY_3(rd_kafka_resp_err_t, rd_kafka_fatal_error, rd_kafka_t *, char *, size_t)
TIDEMILL_LAZY_2(rd_kafka_resp_err_t, rd_kafka_flush, rd_kafka_t *, int)
TIDEMILL_LAZY_5(rd_kafka_resp_err_t, rd_kafka_get_watermark_offsets, rd_kafka_t *, const char *, int32_t, int64_t *, int64_t *)
TIDEMILL_LAZY_5(rd_kafka_resp_err_t, rd_kafka_header_get_all, const rd_kafka_headers_t *, size_t, const char **,
    const void **, size_t *)
TIDEMILL_LAZY_2(rd_kafka_error_t *, rd_kafka_init_transactions, rd_kafka_t *, int)
TIDEMILL_LAZY_0(rd_kafka_resp_err_t, rd_kafka_last_error)
TIDEMILL_LAZY_1(void, rd_kafka_message_destroy, rd_kafka_message_t *)
TIDEMILL_LAZY_1(const char *, rd_kafka_message_errstr, const rd_kafka_message_t *)
TIDEMILL_LAZY_2(rd_kafka_resp_err_t, rd_kafka_message_headers, const rd_kafka_message_t *, rd_kafka_headers_t **)
TIDEMILL_LAZY_2(int64_t, rd_kafka_message_timestamp, const rd_kafka_message_t *, rd_kafka_timestamp_type_t *)
TIDEMILL_LAZY_5(rd_kafka_resp_err_t, rd_kafka_metadata, rd_kafka_t *, int, rd_kafka_topic_t *,
    const struct rd_kafka_metadata **, int)
TIDEMILL_LAZY_1(void, rd_kafka_metadata_destroy, const struct rd_kafka_metadata *)
TIDEMILL_LAZY_4(rd_kafka_t *, rd_kafka_new, rd_kafka_type_t, rd_kafka_conf_t *, char *, size_t)
TIDEMILL_LAZY_3(rd_kafka_resp_err_t, rd_kafka_offsets_for_times, rd_kafka_t *, rd_kafka_topic_partition_list_t *, int)
TIDEMILL_LAZY_2(int, rd_kafka_poll, rd_kafka_t *, int)
TIDEMILL_LAZY_8(int, rd_kafka_produce, rd_kafka_topic_t *, int32_t, int, void *, size_t, const void *, size_t, void *)
TIDEMILL_LAZY_2(rd_kafka_resp_err_t, rd_kafka_purge, rd_kafka_t *, int)
TIDEMILL_LAZY_6(rd_kafka_resp_err_t, rd_kafka_query_watermark_offsets, rd_kafka_t *, const char *, int32_t, int64_t *,
    int64_t *, int)
TIDEMILL_LAZY_3(void, rd_kafka_queue_cb_event_enable, rd_kafka_queue_t *, void (*)(rd_kafka_t *, void *), void *)
TIDEMILL_LAZY_1(void, rd_kafka_queue_destroy, rd_kafka_queue_t *)
TIDEMILL_LAZY_3(rd_kafka_queue_t *, rd_kafka_queue_get_partition, rd_kafka_t *, const char *, int32_t)
TIDEMILL_LAZY_4(rd_kafka_error_t *, rd_kafka_send_offsets_to_transaction, rd_kafka_t *,
    const rd_kafka_topic_partition_list_t *, const rd_kafka_consumer_group_metadata_t *, int)
TIDEMILL_LAZY_1(void, rd_kafka_topic_destroy, rd_kafka_topic_t *)
TIDEMILL_LAZY_3(rd_kafka_topic_t *, rd_kafka_topic_new, rd_kafka_t *, const char *, rd_kafka_topic_conf_t *)
TIDEMILL_LAZY_3(rd_kafka_topic_partition_t *, rd_kafka_topic_partition_list_add, rd_kafka_topic_partition_list_t *,
    const char *, int32_t)
TIDEMILL_LAZY_1(void, rd_kafka_topic_partition_list_destroy, rd_kafka_topic_partition_list_t *)
TIDEMILL_LAZY_1(rd_kafka_topic_partition_list_t *, rd_kafka_topic_partition_list_new, int)

#else
const char *tidemill_kafka_problem(void) { return NULL; }
#endif
