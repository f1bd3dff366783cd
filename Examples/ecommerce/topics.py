"""Kafka topics by librdkafka, which `make bootstrap` installs: make them, send to them, read what was committed."""

import ctypes
import ctypes.util
import subprocess
import sys


def _library():
    names = [ctypes.util.find_library("rdkafka")]
    suffix = "librdkafka.dylib" if sys.platform == "darwin" else "librdkafka.so.1"
    try:
        found = subprocess.run(["pkg-config", "--variable=libdir", "rdkafka"], capture_output=True, text=True)
        names.append(f"{found.stdout.strip()}/{suffix}")
    except OSError:
        pass
    for name in filter(None, names + [suffix]):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise SystemExit("error: there is no librdkafka. Run: make bootstrap")


class _Message(ctypes.Structure):
    _fields_ = [
        ("err", ctypes.c_int), ("rkt", ctypes.c_void_p), ("partition", ctypes.c_int32), ("payload", ctypes.c_void_p),
        ("len", ctypes.c_size_t), ("key", ctypes.c_void_p), ("key_len", ctypes.c_size_t), ("offset", ctypes.c_int64),
        ("private", ctypes.c_void_p),
    ]


_kafka = _library()
_pointers = [
    "rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_topic_new", "rd_kafka_queue_new", "rd_kafka_NewTopic_new",
    "rd_kafka_queue_poll", "rd_kafka_event_error_string",
]
for _name in _pointers:
    getattr(_kafka, _name).restype = ctypes.c_void_p
_kafka.rd_kafka_consume.restype = ctypes.POINTER(_Message)
_PRODUCER, _CONSUMER, _COPY, _BEGINNING = 0, 1, 2, -2
_QUEUE_FULL, _END_OF_PARTITION = -184, -191


class BrokerError(Exception):
    """What the broker, or the library, refused to do."""


class Client:
    """A connection to a broker. Calls wait for twenty seconds at most."""

    def __init__(self, servers, kind=_PRODUCER, **settings):
        error = ctypes.create_string_buffer(512)
        conf = _kafka.rd_kafka_conf_new()
        _kafka.rd_kafka_conf_set_log_cb(ctypes.c_void_p(conf), None)
        settings = {"bootstrap.servers": servers, **{name.replace("_", "."): text for name, text in settings.items()}}
        for name, text in settings.items():
            if _kafka.rd_kafka_conf_set(ctypes.c_void_p(conf), name.encode(), text.encode(), error, len(error)):
                raise BrokerError(error.value.decode())
        self._client = ctypes.c_void_p(_kafka.rd_kafka_new(kind, ctypes.c_void_p(conf), error, len(error)))
        if not self._client:
            raise BrokerError(error.value.decode())
        self._topics = {}

    def close(self):
        for topic in self._topics.values():
            _kafka.rd_kafka_topic_destroy(topic)
        self._topics = {}
        if self._client:
            _kafka.rd_kafka_destroy(self._client)
        self._client = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _topic(self, name):
        if name not in self._topics:
            self._topics[name] = ctypes.c_void_p(_kafka.rd_kafka_topic_new(self._client, name.encode(), None))
        return self._topics[name]

    def create(self, name, partitions):
        """Makes a topic."""
        error = ctypes.create_string_buffer(512)
        topic = ctypes.c_void_p(_kafka.rd_kafka_NewTopic_new(name.encode(), partitions, 1, error, len(error)))
        queue = ctypes.c_void_p(_kafka.rd_kafka_queue_new(self._client))
        array = (ctypes.c_void_p * 1)(topic)
        _kafka.rd_kafka_CreateTopics(self._client, array, ctypes.c_size_t(1), None, queue)
        event = ctypes.c_void_p(_kafka.rd_kafka_queue_poll(queue, 20_000))
        problem = "no answer" if not event else None
        if event:
            if _kafka.rd_kafka_event_error(event):
                problem = ctypes.string_at(_kafka.rd_kafka_event_error_string(event)).decode()
            _kafka.rd_kafka_event_destroy(event)
        _kafka.rd_kafka_NewTopic_destroy(topic)
        _kafka.rd_kafka_queue_destroy(queue)
        if problem:
            raise BrokerError(f"topic {name}: {problem}")

    def send(self, name, messages):
        """Sends (partition, key, value) in this order, and returns when the broker has them."""
        topic = self._topic(name)
        for partition, key, value in messages:
            while _kafka.rd_kafka_produce(
                topic, ctypes.c_int32(partition), _COPY, value, ctypes.c_size_t(len(value)), key,
                ctypes.c_size_t(len(key)), None,
            ):
                if _kafka.rd_kafka_last_error() != _QUEUE_FULL:
                    raise BrokerError(f"a message for {name} was refused")
                _kafka.rd_kafka_poll(self._client, 100)
        if _kafka.rd_kafka_flush(self._client, 20_000):
            raise BrokerError(f"the broker did not take the messages for {name}")


def producer(servers):
    """A client whose messages arrive in order and once."""
    return Client(servers, enable_idempotence="true", linger_ms="5", acks="all")


def read_committed(servers, name, partitions):
    """The values that a reader of committed messages sees in a topic, partition by partition."""
    values = []
    with Client(
        servers, _CONSUMER, isolation_level="read_committed", enable_partition_eof="true",
        receive_message_max_bytes="1000000000",
    ) as client:
        topic = client._topic(name)
        for partition in range(partitions):
            _kafka.rd_kafka_consume_start(topic, ctypes.c_int32(partition), ctypes.c_int64(_BEGINNING))
            waits = 0
            while True:
                message = _kafka.rd_kafka_consume(topic, ctypes.c_int32(partition), 1000)
                if not message:
                    waits += 1
                    if waits == 20:
                        raise BrokerError(f"the end of {name}/{partition} is not reached")
                    continue
                error, payload, size = message.contents.err, message.contents.payload, message.contents.len
                if not error:
                    values.append(ctypes.string_at(payload, size) if payload else b"")
                _kafka.rd_kafka_message_destroy(message)
                if error == _END_OF_PARTITION:
                    break
                if error:
                    raise BrokerError(f"{name}/{partition} cannot be read: {error}")
            _kafka.rd_kafka_consume_stop(topic, ctypes.c_int32(partition))
    return values
