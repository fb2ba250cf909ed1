"""Servers that run as child processes, and surely end with this one.

A server is started on a port that was free a moment before, waited for, and stopped by `_guard`,
which notices when this process ends, however it ends.
"""

import asyncio
import contextlib
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

HOST = "127.0.0.1"

_GUARD = Path(__file__).with_name("_guard.py")
_START_LIMIT = 60.0
_ATTEMPTS = 5
_PAUSE = 0.1


class ServerError(RuntimeError):
    """A server is not installed or did not start; the message says why."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a server, and how to tell that it has started."""

    argv: list[str]
    address: str
    """What its users are given once it is ready."""
    is_ready: Callable[[], bool]
    """Whether it answers. Must not take another server on the same port for this one."""
    env: dict[str, str] = field(default_factory=dict)
    """Variables on top of this process's own."""
    account: pwd.struct_passwd | None = None
    """Whom to run as; None is the user of this process."""
    stop_signal: signal.Signals = signal.SIGTERM
    remove: Path | None = None
    """A folder to remove when it has ended."""
    log: Path | None = None
    """Where its output is added; None keeps it for `last_words` alone."""
    grace: float = 10.0
    """Seconds between the stop signal and SIGKILL."""

    def order(self) -> str:
        """Return what the guard is told."""
        account = self.account and {"uid": self.account.pw_uid, "gid": self.account.pw_gid}
        return json.dumps(
            {
                "argv": self.argv,
                "user": account,
                "signal": self.stop_signal,
                "grace": self.grace,
                "remove": self.remove and str(self.remove),
            }
        )


class Server:
    """A server that runs between `start` and `stop`, or as a context manager, plain or async.

    `launch` is called for every attempt to start, so that each can choose another port.
    """

    def __init__(self, name: str, launch: Callable[[], Launch]) -> None:
        self._name = name
        self._launch = launch
        self._process: _Guarded | None = None

    def start(self) -> str:
        """Start the server and return its address once it answers; blocks up to a minute.

        A port is chosen before the server binds it, so somebody else may take it in between; a
        server that ends at once is therefore tried again, on another port.

        Raises:
            ServerError: it is not installed or did not start.
        """
        words = ""
        for _ in range(_ATTEMPTS):
            launch = self._launch()
            process = _Guarded(launch)
            try:
                if process.await_ready(launch.is_ready):
                    self._process = process
                    return launch.address
                words = process.last_words()
            except BaseException:
                process.stop()
                raise
            process.stop()
            time.sleep(_PAUSE)
        raise ServerError(f"the {self._name} did not start: {words or 'it says nothing'}")

    def is_running(self) -> bool:
        """Return whether it was started and has not ended by itself."""
        return self._process is not None and self._process.is_running()

    def last_words(self) -> str:
        """Return the end of what it wrote."""
        return self._process.last_words() if self._process is not None else ""

    def stop(self) -> None:
        """Stop the server and wait until it has ended."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        self.send(signal.SIGKILL)
        self.stop()

    def send(self, signum: signal.Signals) -> None:
        """Send the server a signal, such as SIGSTOP, which makes it stand still."""
        if self._process is not None:
            self._process.send(signum)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> str:
        return await asyncio.to_thread(self.start)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)


class _Guarded:
    """One process under its guard."""

    def __init__(self, launch: Launch) -> None:
        # Lives as long as the server.
        self._log: IO[bytes] = launch.log.open("a+b") if launch.log else tempfile.TemporaryFile()  # noqa: SIM115
        self._guard = subprocess.Popen(  # noqa: S603 -- our own script
            [sys.executable, "-I", "-S", str(_GUARD), launch.order()],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            env=os.environ | launch.env,
            start_new_session=True,
        )

    def await_ready(self, is_ready: Callable[[], bool]) -> bool:
        """Return whether the server came up; False when it ended first, or takes too long."""
        deadline = time.monotonic() + _START_LIMIT
        while self._guard.poll() is None and time.monotonic() < deadline:
            if is_ready():
                return self._guard.poll() is None
            time.sleep(0.01)
        return False

    def is_running(self) -> bool:
        return self._guard.poll() is None

    def last_words(self) -> str:
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace").strip()[-2000:]

    def stop(self) -> None:
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait()
        self._log.close()

    def send(self, signum: signal.Signals) -> None:
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.write(b"%d\n" % signum)
                self._guard.stdin.flush()


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
