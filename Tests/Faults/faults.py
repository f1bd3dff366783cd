"""The faults. Each takes a running pipeline and leaves it running; it gives what was seen, in a few words.

One that this machine cannot bring about raises `LeftOut`.
"""

import glob
import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

from pipeline import Failed
from processes import wait_until


# What a job says of a broker that is gone, by what it was doing.
GONE = "cannot be reached", "cannot be written to", "takes no messages"


class LeftOut(Exception):
    """Why a fault was left out."""


def killed(pipeline):
    """kill -9 at a random moment: while it starts, recovers, or works."""
    if pipeline.random.random() < 0.5:
        time.sleep(pipeline.random.uniform(0, 0.5))
    else:
        before = pipeline.epochs()
        wait_until("an epoch", lambda: not pipeline.job.is_running or pipeline.epochs() > before, 60)
        time.sleep(pipeline.random.uniform(0, 0.3))
    pipeline.kill()
    pipeline.go_on()


def broker_restarted(pipeline):
    """The broker is stopped by SIGTERM and started again."""
    pipeline.must_progress()
    pipeline.restart_broker(lambda: pipeline.must_say(*GONE))
    pipeline.must_progress()
    return "waits, says so, goes on"


def broker_gone_at_start(pipeline):
    """kill -9 while the broker is gone, and a start without it."""
    def meanwhile():
        pipeline.kill()
        pipeline.go_on()
        pipeline.must_say(*GONE)

    pipeline.restart_broker(meanwhile)
    pipeline.must_progress()
    return "waits, says so, goes on"


def postgres_stopped(pipeline):
    """PostgreSQL is stopped (immediate) in the middle of commits, three times."""
    if not pipeline.postgres:
        raise LeftOut("PostgreSQL is not installed")
    for _ in range(3):
        pipeline.must_progress(2)
        time.sleep(pipeline.random.uniform(0, 0.2))
        pipeline.postgres.stop()
        pipeline.must_say("waiting for PostgreSQL")
        pipeline.postgres.start()
        pipeline.must_progress()
        # So that the next one is not confused with what was said of this one.
        pipeline.kill()
        pipeline.go_on()
    return "waits, says so, goes on"


def postgres_gone_at_start(pipeline):
    """kill -9 while PostgreSQL is gone, and a start without it."""
    if not pipeline.postgres:
        raise LeftOut("PostgreSQL is not installed")
    pipeline.postgres.stop()
    pipeline.kill()
    pipeline.go_on()
    pipeline.must_say("waiting for PostgreSQL")
    pipeline.postgres.start()
    pipeline.must_progress()
    return "waits, says so, goes on"


def stopped_while_waiting(pipeline):
    """Ctrl-C while the broker is gone, and again while PostgreSQL is."""
    def meanwhile():
        pipeline.must_say(*GONE)
        # Whether it is in the middle of an epoch decides whether it ends well.
        pipeline.job.interrupt()
        pipeline.go_on()

    pipeline.restart_broker(meanwhile)
    pipeline.must_progress()
    if not pipeline.postgres:
        return "ends; the next start goes on"
    pipeline.postgres.stop()
    pipeline.must_say("waiting for PostgreSQL")
    pipeline.job.send_interrupt()
    said = pipeline.must_stop("stopped while it waited for PostgreSQL", seconds=30)
    pipeline.postgres.start()
    pipeline.go_on()
    pipeline.must_progress()
    return f"ends: `{said}`; the next start goes on"


def disk_full(pipeline):
    """The disk of the checkpoint fills up."""
    if not pipeline.is_mounted:
        return _file_too_large(pipeline)
    pipeline.must_progress()
    filler = pipeline.checkpoint.parent / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            for size in (1 << 16, 1 << 10, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue
        finally:
            said = pipeline.must_stop("space")
    again = pipeline.start()
    pipeline.must_stop("space", job=again)
    filler.unlink()
    pipeline.go_on()
    pipeline.must_progress()
    return f"stops: `{said}`; the next start goes on once there is room"


def _file_too_large(pipeline):
    """Without a disk of its own: no file of the job may grow beyond 4 KiB."""
    pipeline.kill()
    pipeline.go_on(prefix=["/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 8; exec "$0" "$@"'])
    said = pipeline.must_stop()
    pipeline.go_on()
    pipeline.must_progress()
    return f"stops: `{said}`; the next start goes on once files may grow"


def checkpoint_read_only(pipeline):
    """The checkpoint's directory becomes read-only while the job runs."""
    if not pipeline.obeys_permissions:
        raise LeftOut("root may write anywhere, and there is no setpriv")
    pipeline.must_progress()
    path = str(pipeline.checkpoint)
    pipeline.checkpoint.chmod(0o555)
    try:
        # It is noticed when the next file is made: a segment of the log, a snapshot.
        said = pipeline.must_stop(path)
        pipeline.must_stop(path, job=pipeline.start())
    finally:
        pipeline.checkpoint.chmod(0o755)
    pipeline.go_on()
    pipeline.must_progress()
    return f"stops: `{said}`; the next start goes on once it can be written"


def checkpoint_read_only_at_start(pipeline):
    """The disk of the checkpoint is read-only when the job starts."""
    if not pipeline.is_mounted:
        raise LeftOut("nothing can be mounted here")
    pipeline.kill()
    disk = str(pipeline.checkpoint.parent)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        said = pipeline.must_stop(str(pipeline.checkpoint), job=pipeline.start())
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    pipeline.go_on()
    pipeline.must_progress()
    return f"refuses to start: `{said}`; the next start goes on once it can be written"


def _end_of_log(pipeline):
    """The last segment of the log, what it holds, and where its last record of an epoch's inputs begins and ends."""
    path = sorted(glob.glob(f"{pipeline.checkpoint}/epochs-*.log"))[-1]
    with open(path, "rb") as file:
        content = file.read()
    # Documentation/CheckpointFormat.md: 4 bytes of mark, the payload's length, the epoch, what was durable, the kind.
    begin, last = 32, None
    while content[begin:begin + 4] == b"TMER" and begin + 32 <= len(content):
        end = begin + 32 + struct.unpack_from("<I", content, begin + 4)[0] + 8
        if content[begin + 24] == 1:
            last = begin, end
        begin = end
    return path, content, last


def log_torn(pipeline):
    """A power failure while a record is written: the log ends within it."""
    pipeline.must_progress()
    pipeline.kill()
    path, content, last = _end_of_log(pipeline)
    begin, end = last or (0, 33)
    with open(path, "ab") as file:
        file.write(content[begin:pipeline.random.randint(begin + 1, end - 1)])
    pipeline.go_on()
    pipeline.must_progress()
    return "the torn record is cut, and the job goes on"


def log_cut(pipeline):
    """A disk that loses what it said it had: the log ends within its last record, whose results are out."""
    pipeline.must_progress()
    pipeline.kill()
    path, content, last = _end_of_log(pipeline)
    if not last:
        # The job died just behind a snapshot.
        pipeline.go_on()
        pipeline.must_progress(1)
        return log_cut(pipeline)
    os.truncate(path, pipeline.random.randint(last[0] + 1, last[1] - 1))
    start = pipeline.epochs()
    pipeline.go_on()
    wait_until("recovery, or a refusal", lambda: not pipeline.job.is_running or pipeline.epochs() >= start + 6, 60)
    if pipeline.job.is_running:
        return "the torn record is cut, and the job goes on"
    said = pipeline.must_stop()
    with open(path, "wb") as file:
        file.write(content)
    pipeline.go_on()
    pipeline.must_progress()
    return f"refuses to go on: `{said}`; goes on with the log as it was"


def clock_back(pipeline):
    """The clock is set two hours back while the job runs, a day back while it does not, and put right again while it runs."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or not compiler:
        raise LeftOut("setting the clock of one process needs Linux and a C compiler")
    library, offset = pipeline.directory / "clock.so", pipeline.directory / "clock"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(offset)}
    probe = "import time; print(int(time.time()))"

    def set_clock(seconds):
        with open(offset, "r+b" if offset.exists() else "wb") as file:
            file.write(struct.pack("q", seconds))

    def start():
        pipeline.kill()
        pipeline.go_on(environment=environment)
        pipeline.must_progress()

    set_clock(-7200)
    now = int(subprocess.run([sys.executable, "-c", probe], env={**os.environ, **environment}, capture_output=True).stdout)
    if abs(time.time() - 7200 - now) > 60:
        raise LeftOut("the clock of a process cannot be set here")
    set_clock(0)
    start()
    set_clock(-7200)
    pipeline.must_progress()
    # Whatever has an appointment meanwhile: the next look at the partitions, a connection that is to be made again.
    pipeline.restart_broker(lambda: pipeline.must_say(*GONE))
    pipeline.must_progress()
    pipeline.kill()
    set_clock(-86_400)
    pipeline.go_on(environment=environment)
    pipeline.must_progress()
    set_clock(0)
    pipeline.must_progress()
    return "makes no difference"


def poisoned(pipeline):
    """Messages of every kind that are no sales."""
    pipeline.send_poison([
        b"", b"\n", b"{", b"}", b"null", b"[]", b"0", b"\x00" * 1000, b"\xff\xfe\xfd", b'{"product":"\xc3\x28"',
        b"[" * 100_000, b'{"a":' * 20_000, b'"' + b"x" * 900_000,
        b'{"product":"p","quantity":1,"price":1.00,"sold_at":"never"}',
        b'{"product":"p","quantity":1,"price":99999999999999999999.99,"sold_at":"2026-03-02T10:00:00Z"}',
        b'{"product":"p","quantity":99999999999,"price":1.00,"sold_at":"2026-03-02T10:00:00Z"}',
        b'{"product":"p","quantity":1,"price":1.00,"sold_at":"9999-12-31T23:59:59Z"}',
        b'{"product":"p","quantity":1,"price":1.00,"sold_at":"2026-03-02T10:00:00Z"',
        b'{"product":"p","quantity":1,"price":1.00,"sold_at":null}',
    ])
    pipeline.must_progress()
    return "each is rejected and kept, and the job goes on"


def second_process(pipeline):
    """The same command once more, while the first one runs."""
    # Else the second may be there first, and then it is the first that refuses.
    pipeline.must_progress(1)
    second = pipeline.start()
    said = pipeline.must_stop("in use by process", job=second)
    pipeline.must_progress()
    return f"the second refuses to start: `{said}`"


# In the order in which they come, each between kills.
ALL = [
    broker_restarted, postgres_stopped, poisoned, log_torn, disk_full, checkpoint_read_only, clock_back, broker_gone_at_start,
    stopped_while_waiting, second_process, postgres_gone_at_start, checkpoint_read_only_at_start, log_cut,
]
