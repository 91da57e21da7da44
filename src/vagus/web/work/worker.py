"""The worker: a process of its own that takes job after job from the queue.

It beats while it works, looks for a stop at every beat, and ends when the server it belongs to is gone.
"""

import logging
import os
import threading
import time

from django.db import close_old_connections, connection

from ...errors import VagusError
from ..record.models import Job
from .following import run_follow
from .queue import BEAT_SECONDS, Cancelled, beat, claim, fail_job, finish, request_of, stop
from .trialling import run_study

_IDLE_SECONDS = 0.7
_log = logging.getLogger("vagus.web.worker")


def work(once: bool = False, parent: int = 0) -> None:
    """Do jobs until the server is gone; with `once`, until the queue is empty."""
    while True:
        if parent and os.getppid() != parent:
            return
        try:
            close_old_connections()
            job = claim()
        except Exception:  # the database is away for a moment; the worker outlives it
            _log.exception("the queue cannot be read")
            job = None
            time.sleep(5 * _IDLE_SECONDS)
        if job is not None:
            do(job)
        elif once:
            return
        else:
            time.sleep(_IDLE_SECONDS)


def do(job: Job) -> None:
    """One job from its request to its result; whatever happens stands in its row."""
    pulse = _Pulse(job)
    pulse.start()
    try:
        asked = request_of(job)
        if job.kind == "trial":
            result = run_study(asked, pulse.tell)
        else:
            assert job.person is not None
            result = run_follow(job.person, asked, pulse.tell)
        finish(job, result)
    except Cancelled:
        stop(job)
    except VagusError as error:
        fail_job(job, f"{error.code} {error.message}")
    except Exception:
        _log.exception("job %s", job.pk)
        fail_job(job, "It could not be computed; the log of the server says why.")
    finally:
        pulse.end()


class _Pulse(threading.Thread):
    """Beats for a job while it is worked on, also through stretches that tell no progress."""

    def __init__(self, job: Job) -> None:
        super().__init__(daemon=True)
        self.job, self.stage, self.part = job, "starting", 0.0
        self.cancelled = False
        self._over = threading.Event()

    def tell(self, stage: str, part: float) -> None:
        """What is done now and how much of it; raises Cancelled when a stop was asked for."""
        self.stage, self.part = stage, part
        if self.cancelled:
            raise Cancelled

    def run(self) -> None:
        """Beat until it is over."""
        try:
            while not self._over.wait(min(1.0, BEAT_SECONDS)):
                beat(self.job, self.stage, self.part)
        except Cancelled:
            self.cancelled = True
        except Exception:
            _log.exception("no beat for job %s", self.job.pk)
        finally:
            connection.close()

    def end(self) -> None:
        """No more beats."""
        self._over.set()
        self.join()
