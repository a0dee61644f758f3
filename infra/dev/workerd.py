"""workerd, Cloudflare's open runtime, as a child process that serves an artefact."""

from __future__ import annotations

import http.client
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from infra.errors import EngineError

VARIABLE = "EDGEWISE_WORKERD"
"""Names the binary; without it, node_modules of this folder, its parents and the checkout are searched."""

START_SECONDS = 20.0
_ANSWER_SECONDS = 1.0
_STOP_SECONDS = 3.0


def find_workerd() -> Path | None:
    """The workerd binary, or None when it is not installed. Raises EngineError when the variable names no file."""
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named)
        if not path.is_file():
            raise EngineError(
                "no-workerd", f"{VARIABLE} names `{named}`, which is no file", "unset it, or name the binary"
            )
        return path
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        binary = folder / "node_modules" / "@cloudflare" / _package() / "bin" / "workerd"
        if binary.is_file():
            return binary
    return None


def check_port_free(host: str, port: int) -> None:
    """Raise EngineError when something listens at the port already; it says which port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as fault:
        message = f"{host} is no address of this machine: {(fault.strerror or str(fault)).lower()}"
        raise EngineError("no-such-host", message, "the usual one is 127.0.0.1") from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as fault:
            message = f"port {port} of {host} cannot be used: {(fault.strerror or str(fault)).lower()}"
            raise EngineError("port-in-use", message, "choose another one: --port N") from None


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing listens at. Raises EngineError when `host` is none of this machine."""
    check_port_free(host, 0)
    family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.bind(address)
        return int(probe.getsockname()[1])


class Workerd:
    """One workerd process, serving the `config.capnp` of a folder at `host`:`port`. Use as a context manager."""

    def __init__(
        self, binary: Path, folder: Path, host: str, port: int, environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self._binary = binary
        self._address = (host, port)
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Workerd:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it answers. Raises EngineError with what it said when it
        does not."""
        self._log = self.folder / "workerd.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    str(self._binary),
                    "serve",
                    "config.capnp",
                    f"--socket-addr=http={self._authority}",
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if self._environment is None else dict(self._environment),
                start_new_session=True,  # Ctrl-C reaches the command alone, which then stops the child in order
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = self._log.read_text(errors="replace").strip().splitlines()
                raise EngineError("workerd-failed", f"workerd did not start: {said[0] if said else 'it said nothing'}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End the process, if it runs."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def ending(self) -> str:
        """How the process ended: `exit code 1`, or `signal SIGSEGV`."""
        assert self._process is not None and self._process.returncode is not None, "the process has ended"
        code = self._process.returncode
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"

    @property
    def pid(self) -> int:
        """The process's id, while it runs."""
        assert self._process is not None, "the process runs"
        return self._process.pid

    def log(self) -> str:
        """What the process has said so far."""
        with suppress(OSError):
            return self._log.read_text(errors="replace")
        return ""

    @property
    def _authority(self) -> str:
        host, port = self._address
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def _answers(self) -> bool:
        """Whether a request gets an answer, whichever: the port is open before the worker's modules are read."""
        connection = http.client.HTTPConnection(*self._address, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", "/.edgewise/health")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True


def _package() -> str:
    system = {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"}.get(platform.system(), "linux")
    arm = platform.machine().lower() in ("arm64", "aarch64")
    return f"workerd-{system}-{'arm64' if arm else '64'}"
