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
_pointer, _text, _size, _int = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int
_partition, _message = ctypes.c_int32, ctypes.POINTER(_Message)
# What each function gives and takes, as in rdkafka.h: without it every number and pointer is taken for an int.
for _name, _result, *_arguments in [
    ("conf_new", _pointer),
    ("conf_set_log_cb", None, _pointer, _pointer),
    ("conf_set", _int, _pointer, _text, _text, _text, _size),
    ("conf_destroy", None, _pointer),
    ("new", _pointer, _int, _pointer, _text, _size),
    ("destroy", None, _pointer),
    ("topic_new", _pointer, _pointer, _text, _pointer),
    ("topic_destroy", None, _pointer),
    ("NewTopic_new", _pointer, _text, _int, _int, _text, _size),
    ("NewTopic_destroy", None, _pointer),
    ("CreateTopics", None, _pointer, ctypes.POINTER(_pointer), _size, _pointer, _pointer),
    ("queue_new", _pointer, _pointer),
    ("queue_poll", _pointer, _pointer, _int),
    ("queue_destroy", None, _pointer),
    ("event_error", _int, _pointer),
    ("event_error_string", _text, _pointer),
    ("event_destroy", None, _pointer),
    ("produce", _int, _pointer, _partition, _int, _text, _size, _text, _size, _pointer),
    ("last_error", _int),
    ("poll", _int, _pointer, _int),
    ("flush", _int, _pointer, _int),
    ("purge", _int, _pointer, _int),
    ("consume_start", _int, _pointer, _partition, ctypes.c_int64),
    ("consume", _message, _pointer, _partition, _int),
    ("consume_stop", _int, _pointer, _partition),
    ("message_destroy", None, _message),
]:
    _function = getattr(_kafka, f"rd_kafka_{_name}")
    _function.restype, _function.argtypes = _result, _arguments
_PRODUCER, _CONSUMER, _COPY, _BEGINNING = 0, 1, 2, -2
_QUEUE_FULL, _END_OF_PARTITION, _PURGE_ALL = -184, -191, 3


class BrokerError(Exception):
    """What the broker, or the library, refused to do."""


class Client:
    """A connection to a broker. Calls wait for twenty seconds at most."""

    def __init__(self, servers, kind=_PRODUCER, **settings):
        error = ctypes.create_string_buffer(512)
        self._topics = {}
        self._client = None
        conf = _kafka.rd_kafka_conf_new()
        _kafka.rd_kafka_conf_set_log_cb(conf, None)
        settings = {"bootstrap.servers": servers, **{name.replace("_", "."): text for name, text in settings.items()}}
        for name, text in settings.items():
            if _kafka.rd_kafka_conf_set(conf, name.encode(), text.encode(), error, len(error)):
                _kafka.rd_kafka_conf_destroy(conf)
                raise BrokerError(error.value.decode())
        self._client = _kafka.rd_kafka_new(kind, conf, error, len(error))
        if not self._client:
            _kafka.rd_kafka_conf_destroy(conf)
            raise BrokerError(error.value.decode())

    def close(self):
        """Ends the connection, and with it librdkafka's threads; what was not sent is dropped."""
        if not self._client:
            return
        _kafka.rd_kafka_purge(self._client, _PURGE_ALL)
        for topic in self._topics.values():
            _kafka.rd_kafka_topic_destroy(topic)
        self._topics = {}
        _kafka.rd_kafka_destroy(self._client)
        self._client = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def _open(self):
        """librdkafka's handle; it would take NULL for one, and crash."""
        if not self._client:
            raise BrokerError("the connection is closed")
        return self._client

    def topic(self, name):
        """librdkafka's handle of a topic."""
        if name not in self._topics:
            self._topics[name] = _kafka.rd_kafka_topic_new(self._open, name.encode(), None)
        return self._topics[name]

    def create(self, name, partitions):
        """Makes a topic."""
        error = ctypes.create_string_buffer(512)
        topic = _kafka.rd_kafka_NewTopic_new(name.encode(), partitions, 1, error, len(error))
        queue = _kafka.rd_kafka_queue_new(self._open)
        _kafka.rd_kafka_CreateTopics(self._client, (_pointer * 1)(topic), 1, None, queue)
        event = _kafka.rd_kafka_queue_poll(queue, 20_000)
        problem = None if event else "no answer"
        if event:
            if _kafka.rd_kafka_event_error(event):
                problem = _kafka.rd_kafka_event_error_string(event).decode()
            _kafka.rd_kafka_event_destroy(event)
        _kafka.rd_kafka_NewTopic_destroy(topic)
        _kafka.rd_kafka_queue_destroy(queue)
        if problem:
            raise BrokerError(f"topic {name}: {problem}")

    def send(self, name, messages):
        """Sends (partition, key, value) in this order, and returns when the broker has them."""
        topic, client = self.topic(name), self._open
        for partition, key, value in messages:
            while _kafka.rd_kafka_produce(topic, partition, _COPY, value, len(value), key, len(key), None):
                if _kafka.rd_kafka_last_error() != _QUEUE_FULL:
                    raise BrokerError(f"a message for {name} was refused")
                _kafka.rd_kafka_poll(client, 100)
        if _kafka.rd_kafka_flush(client, 20_000):
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
        topic = client.topic(name)
        for partition in range(partitions):
            if _kafka.rd_kafka_consume_start(topic, partition, _BEGINNING):
                raise BrokerError(f"{name}/{partition} cannot be read")
            try:
                values += _values_until_end(topic, name, partition)
            finally:
                _kafka.rd_kafka_consume_stop(topic, partition)
    return values


def _values_until_end(topic, name, partition):
    values, waits = [], 0
    while True:
        message = _kafka.rd_kafka_consume(topic, partition, 1000)
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
            return values
        if error:
            raise BrokerError(f"{name}/{partition} cannot be read: {error}")
