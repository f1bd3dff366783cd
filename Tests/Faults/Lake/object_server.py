"""An S3 server on free ports of loopback, which ends with us, however we end."""

import subprocess
import sys
from pathlib import Path

from pyarrow import fs

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "Examples/ecommerce"))

from processes import free_port, wait_until  # noqa: E402

ACCESS_KEY, SECRET_KEY = "tests", "secret"
IDENTITIES = f"""{{"identities": [{{"name": "tests", "credentials": [{{"accessKey": "{ACCESS_KEY}", "secretKey": "{SECRET_KEY}"}}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}}]}}"""


class ObjectServer:
    """SeaweedFS, with a bucket `tests`."""

    def __init__(self, program, directory):
        data = Path(directory) / "data"
        data.mkdir(parents=True)
        identities = Path(directory) / "s3.json"
        identities.write_text(IDENTITIES)
        names = ["s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
                 "filer.port.grpc"]
        ports = []
        while len(ports) < len(names):
            port = free_port()
            if port not in ports:
                ports.append(port)
        self.endpoint = f"http://127.0.0.1:{ports[0]}"
        with open(Path(directory) / "log", "wb") as log:
            # The shell ends the server when its input ends.
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", '"$0" "$@" </dev/null & server=$!; read -r _; kill -KILL $server; wait $server', str(program),
                 "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={data}", "-volume.max=50",
                 "-master.volumeSizeLimitMB=64", "-s3", f"-s3.config={identities}",
                 *(f"-{name}={port}" for name, port in zip(names, ports))],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        wait_until("the S3 server", self._has_bucket, 60)

    def _has_bucket(self):
        if self._process.poll() is not None:
            raise ChildProcessError("the S3 server has ended")
        try:
            files = fs.S3FileSystem(
                access_key=ACCESS_KEY, secret_key=SECRET_KEY, endpoint_override=self.endpoint, region="us-east-1",
                allow_bucket_creation=True)
            files.create_dir("tests")
            with files.open_output_stream("tests/ready") as file:
                file.write(b"yes")
            return True
        except OSError:
            return False

    def stop(self):
        self._process.stdin.close()
        self._process.wait(30)
