"""Starts and stops `micromegas serve` for tools/demo and the tests: free loopback ports, readiness
read from its output, always stopped by process id."""

import contextlib
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

BIN = Path(
    os.environ.get("MICROMEGAS_BIN") or Path(__file__).resolve().parents[1] / "build/release/bin"
)
LISTENING = re.compile(r"listening (\w+) (\S+)")
ENDPOINTS = ("http", "flightsql")


class ServerDied(Exception):
    pass


def program(name: str, folder: Path = BIN) -> Path:
    if not (folder / name).exists():
        raise FileNotFoundError(f"{folder / name} is missing: run make build")
    return folder / name


class ServerProcess:
    """One server at a time over one lake; it can be killed and started again.

    Each start takes new ports, so ask for `http_url` and `flight_uri` after it.
    """

    def __init__(
        self,
        lake: Path,
        log: Path,
        options=("--disable-auth",),
        environment=None,
        prefix=(),
        programs: Path = BIN,
    ):
        self.lake, self.log, self.options = lake, log, list(options)
        self.programs = programs
        self.prefix = list(prefix)  # A command that ends by executing what follows it.
        self.environment = dict(environment or {})
        self.process: subprocess.Popen | None = None
        self._endpoints = {}
        self._reader = None

    @property
    def http_url(self) -> str:
        return self._endpoints["http"]

    @property
    def flight_uri(self) -> str:
        return self._endpoints["flightsql"]

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self, timeout: float = 30) -> "ServerProcess":
        self._endpoints = {}
        ready = threading.Event()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *self.prefix,
                    program("micromegas", self.programs),
                    "serve",
                    "--lake",
                    self.lake,
                    *FREE_PORTS,
                    *self.options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | self.environment,
            )
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        if not ready.wait(timeout) or len(self._endpoints) < len(ENDPOINTS):
            self.kill()
            raise ServerDied(f"the server did not get ready; it said:\n{self.log_tail()}")
        return self

    def _read(self, ready: threading.Event):
        for line in self.process.stdout:
            if found := LISTENING.match(line):
                self._endpoints[found[1]] = found[2]
            if len(self._endpoints) == len(ENDPOINTS):
                ready.set()
        ready.set()  # End of its output: it is gone.

    def wait(self, timeout: float = 30) -> int:
        """The exit code; minus a signal's number when that ended it."""
        code = self.process.wait(timeout)
        self._reader.join(timeout)
        self.process.stdout.close()
        return code

    def sigterm(self, timeout: float = 30) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def sigkill(self) -> None:
        self.process.kill()
        self.wait()

    def kill(self) -> None:
        """Whatever state it is in, it is gone afterwards."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        with contextlib.suppress(ValueError, subprocess.TimeoutExpired):
            self.wait()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log_tail(self, lines: int = 30) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


# Port 0: the system chooses a free one, and the server prints which.
FREE_PORTS = ["--http", "127.0.0.1:0", "--flight", "127.0.0.1:0"]
