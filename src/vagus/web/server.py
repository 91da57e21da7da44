"""The server: gunicorn with a few processes, and the workers of the simulations beside it.

Gunicorn rather than a pure Python server with threads only: two processes use two cores, and TLS is its own.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from .play import warm
from .wsgi import application

_THREADS = 8


@contextmanager
def alone() -> Iterator[None]:
    """Only one process of this clinic at a time is in here; the others wait for it."""
    try:
        file = (Path(os.environ["VAGUS_DATA"]) / ".model.lock").open("a")
    except OSError:  # a folder that can only be read
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Server(BaseApplication):
    """Gunicorn with our settings instead of a file of its own."""

    def __init__(self, address: str, port: int, processes: int, workers: int, filler: int = 0) -> None:
        self.filler = filler
        self.address, self.port, self.processes, self.workers = address, port, processes, workers
        self.hands: list[subprocess.Popen[bytes]] = []
        super().__init__()

    def load_config(self) -> None:
        """What gunicorn is told."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        settings: dict[str, Any] = {
            "bind": f"{host}:{self.port}",
            "workers": self.processes,
            "worker_class": "gthread",
            "threads": _THREADS,
            "timeout": 60,
            "graceful_timeout": 5,
            "keepalive": 5,
            "limit_request_line": 8190,
            "limit_request_field_size": 8190,
            "forwarded_allow_ips": "",
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "vagus-clinic",
            "control_socket_disable": True,
            "post_worker_init": lambda worker: threading.Thread(
                target=warm, args=(alone(),), daemon=True
            ).start(),
            "when_ready": lambda server: self.start_hands(),
            "on_exit": lambda server: self.stop(),
        }
        if os.environ.get("VAGUS_CERTIFICATE"):
            settings |= {"certfile": os.environ["VAGUS_CERTIFICATE"], "keyfile": os.environ["VAGUS_KEY"]}
        for key, value in settings.items():
            if key in self.cfg.settings:
                self.cfg.set(key, value)

    def load(self) -> Any:
        """The application."""
        return application

    def start_hands(self) -> None:
        """Start the workers of the simulations, and start again whichever ends."""
        threading.Thread(target=self._keep_hands, daemon=True).start()

    def _keep_hands(self) -> None:
        parent = str(os.getpid())
        command = [sys.executable, "-m", "vagus.web", "worker", parent, "--data", os.environ["VAGUS_DATA"]]
        command += ["--demo"] if os.environ.get("VAGUS_DEMO") == "1" else []
        stopped = threading.Event()
        while not stopped.wait(1.0):
            self.hands = [hand for hand in self.hands if hand.poll() is None]
            while len(self.hands) < self.workers:
                self.hands.append(subprocess.Popen(command))

    def stop(self) -> None:
        """End the workers, and whoever still fills the demonstration, with the server."""
        for hand in self.hands:
            hand.send_signal(signal.SIGTERM)
        try:
            if self.filler and os.waitpid(self.filler, os.WNOHANG)[0] == 0:
                os.kill(self.filler, signal.SIGTERM)
        except ChildProcessError:  # it is done
            pass
