"""The queue of simulations: ask for one, claim the next, tell how far it is, keep what came out.

A job is a row. A worker that dies leaves its row `running` without a beat; it is taken up again by the next one, a few
times at most. Nothing is lost by a restart, and nothing runs twice at once.
"""

import json
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ..access.models import User
from ..record.models import Job, Person
from ..seal import seal, unseal

BEAT_SECONDS = 5.0
_LOST_SECONDS = 30.0
_ATTEMPTS = 3


class Cancelled(Exception):
    """Somebody stopped the job."""


def ask(kind: str, request: dict[str, Any], by: User, person: Person | None = None) -> Job:
    """Put a job into the queue."""
    job = Job(kind=kind, person=person, made_by=by)
    job.request = _packed(job, request)
    job.save(force_insert=True)
    return job


def request_of(job: Job) -> dict[str, Any]:
    """What was asked for."""
    return _opened(job, job.request)


def result_of(job: Job) -> dict[str, Any] | None:
    """What came out; None while nothing did."""
    return _opened(job, job.result) if job.result is not None else None


def claim() -> Job | None:
    """The oldest job that waits, or whose worker was lost, marked as running; None when there is none."""
    lost = timezone.now() - timedelta(seconds=_LOST_SECONDS)
    with transaction.atomic():
        free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, beat_at__lt=lost)
        rows = Job.objects.select_for_update(skip_locked=True) if _locks() else Job.objects
        job = rows.filter(free).order_by("made_at").first()
        if job is None:
            return None
        if job.attempts >= _ATTEMPTS:
            _finish(job, Job.State.FAILED, "The worker was lost three times; the job was given up.")
            return None
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.RUNNING, beat_at=timezone.now(), attempts=F("attempts") + 1, stage="starting"
        )
    return Job.objects.select_related("person", "made_by").get(pk=job.pk)


def _locks() -> bool:
    return transaction.get_connection().features.has_select_for_update_skip_locked


def beat(job: Job, stage: str, progress: float) -> None:
    """Tell how far it is; raises Cancelled when somebody stopped it."""
    rows = Job.objects.filter(pk=job.pk, cancel=False)
    if not rows.update(beat_at=timezone.now(), stage=stage[:200], progress=min(max(progress, 0.0), 1.0)):
        raise Cancelled


def finish(job: Job, result: dict[str, Any]) -> None:
    """Keep what came out."""
    packed = _packed(job, result)
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DONE, result=packed, progress=1.0, stage="done", done_at=timezone.now()
    )


def fail_job(job: Job, words: str) -> None:
    """It could not be done; in words."""
    _finish(job, Job.State.FAILED, words)


def stop(job: Job) -> None:
    """It was stopped."""
    _finish(job, Job.State.CANCELLED, "stopped")


def cancel(job: Job) -> None:
    """Ask for a stop: at once when nobody works on it yet."""
    Job.objects.filter(pk=job.pk).update(cancel=True)
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, stage="stopped", done_at=timezone.now()
    )


def _finish(job: Job, state: str, words: str) -> None:
    Job.objects.filter(pk=job.pk).update(state=state, stage=words[:200], done_at=timezone.now())


def _packed(job: Job, content: dict[str, Any]) -> bytes:
    if job.person is not None:
        return seal(job.person.key, str(job.pk), content)
    return json.dumps(content).encode()


def _opened(job: Job, kept: bytes) -> dict[str, Any]:
    if job.person is not None:
        return unseal(job.person.key, str(job.pk), kept)
    content: dict[str, Any] = json.loads(bytes(kept))
    return content
