"""A Headwater server to measure: started on a throw-away data directory, spoken to over HTTP."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """A server process and what it costs."""

    def __init__(self, command, port, ready, environment=None):
        self.port = port
        self.began = time.perf_counter()
        self.child = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.ready_after = self._wait(ready)

    def _wait(self, path, limit=60.0):
        while time.perf_counter() - self.began < limit:
            if self.child.poll() is not None:
                raise SystemExit(f"the server ended with {self.child.returncode} before it was ready")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", path)
                status = connection.getresponse().status
                connection.close()
                if status < 500:
                    return time.perf_counter() - self.began
            except OSError:
                pass
            time.sleep(0.001)
        raise SystemExit("the server did not become ready within a minute")

    def cpu_seconds(self):
        with open(f"/proc/{self.child.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, field="VmRSS"):
        with open(f"/proc/{self.child.pid}/status") as f:
            for line in f:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class House:
    """A Headwater data directory, a server on it, and an API key for it."""

    # Limits exist to protect; here they would only measure themselves.
    UNLIMITED = {
        "RUST_LOG": "warn",
        "HEADWATER_LIMITS__REQUESTS_PER_MINUTE": "100000000",
        "HEADWATER_LIMITS__CONCURRENT_RUNS": "10000",
    }

    def __init__(self, binary):
        self.binary = binary
        self.data = tempfile.mkdtemp(prefix="headwater-bench-")
        self.key = None
        self.process = None

    def start(self):
        port = free_port()
        command = [self.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{port}"]
        self.process = Process(command, port, "/readyz", self.UNLIMITED)
        return self.process

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def set_up(self):
        """Creates the owner and a key, as the first visitor would."""
        owner = {
            "email": "bench@example.org",
            "name": "Bench",
            "password": "correct-horse-battery-staple-42",
        }
        response, _ = self.raw("POST", "/api/v1/setup", json.dumps(owner), {"Content-Type": "application/json"})
        cookie = response.getheader("Set-Cookie").split(";")[0]
        headers = {
            "Content-Type": "application/json",
            "Cookie": cookie,
            "X-Requested-With": "headwater",
        }
        wanted = {"name": "bench", "scopes": ["read", "run", "edit", "admin"]}
        _, body = self.raw("POST", "/api/v1/keys", json.dumps(wanted), headers)
        self.key = json.loads(body)["secret"]

    def raw(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.process.port, timeout=300)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        data = response.read()
        connection.close()
        if response.status >= 400:
            raise SystemExit(f"{method} {path}: {response.status} {data[:500]!r}")
        return response, data

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        _, data = self.raw(method, "/api/v1" + path, body, headers)
        return json.loads(data) if data else None

    def upload(self, knowledge_base, name, text):
        boundary = "----headwater-bench"
        head = (
            f"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n"
            "Content-Type: text/markdown\r\n\r\n"
        )
        body = head.encode() + text + f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        self.raw("POST", f"/api/v1/knowledge-bases/{knowledge_base}/documents", body, headers)
