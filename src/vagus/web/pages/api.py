"""A small JSON API over the same people, rules and questions as the pages; described in /openapi.json."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, NinjaAPI, Schema, Status
from ninja.errors import HttpError
from ninja.security import django_auth
from pydantic import ConfigDict

from ...errors import VagusError
from ...observe import list_instruments, load_instrument
from ..clinic_rules import wording_of
from ..guard import clinic_settings
from ..record.answer_forms import AnswerForm
from ..record.finding import current, open_alerts, people_for, person_of
from ..record.form import RecordForm
from ..record.models import Job
from ..record.visit_forms import VitalsForm
from ..record.writing import write_entry

api = NinjaAPI(
    title="vagus clinic",
    version="1",
    description="Records of one clinic. For research, teaching and record keeping; not a medical device.",
    docs_url=None,
    auth=django_auth,
    urls_namespace="api",
)


class Problem(Schema):
    """What is wrong, in words; `questions` are to be answered by sending `confirm`."""

    detail: str
    questions: list[str] = []


class Closed(Schema):
    """Something a program sends: unknown names are refused."""

    model_config = ConfigDict(extra="forbid")


class PersonOut(Schema):
    """One person."""

    id: UUID
    number: int
    name: str
    born: str | None
    sex: str | None
    virtual: bool


class ScoreOut(Schema):
    """One score."""

    id: UUID
    instrument: str
    at: datetime
    total: float
    answers: list[float]


class ScoreIn(Closed):
    """A scale answered item by item."""

    instrument: str = Field(max_length=40)
    answers: list[int] = Field(min_length=1, max_length=40)
    at: datetime | None = None
    confirm: bool = False


class VitalsIn(Closed):
    """Vital signs."""

    moment: str = Field("other", max_length=20)
    systolic: float | None = None
    diastolic: float | None = None
    heart_rate: float | None = None
    oxygen: float | None = None
    temperature: float | None = None
    weight: float | None = None
    cadss: float | None = None
    at: datetime | None = None
    confirm: bool = False


class Written(Schema):
    """What was written down, and the alerts it raised."""

    id: UUID
    alerts: list[UUID]


ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem}


@api.get("/me", url_name="me")
def me(request: HttpRequest) -> dict[str, str]:
    """Who is signed in."""
    return {"account": request.user.username, "role": request.user.role}


@api.get("/instruments", url_name="instruments", response={200: list[dict[str, Any]], **ERRORS})
def instruments(request: HttpRequest) -> list[dict[str, Any]]:
    """All scales."""
    return [_instrument(key) for key in list_instruments()]


@api.get("/instruments/{key}", url_name="instrument", response={200: dict[str, Any], **ERRORS})
def instrument(request: HttpRequest, key: str) -> dict[str, Any]:
    """One scale with its items; words only where they are free."""
    if key not in list_instruments():
        raise Http404
    scale = load_instrument(key)
    wording = wording_of(key)
    items: list[dict[str, Any]] = [
        {"number": item.number, "low": item.low, "high": item.high} for item in scale.items
    ]
    for item, text in zip(items, wording.items if wording else (), strict=False):
        item["text"] = text
    return {**_instrument(key), "items": items, "notice": wording.notice if wording else ""}


def _instrument(key: str) -> dict[str, Any]:
    scale = load_instrument(key)
    bands = [{"from": start, "name": name} for start, name in scale.bands]
    facts = {"key": key, "title": scale.title, "low": scale.total_low, "high": scale.total_high}
    return {**facts, "recall_days": scale.recall_days, "bands": bands}


@api.get("/people", url_name="people", response={200: list[PersonOut], **ERRORS})
def people(request: HttpRequest) -> list[dict[str, Any]]:
    """The people this account may see."""
    return [_person(one) for one in people_for(request.user)]


@api.get("/people/{person}", url_name="person", response={200: PersonOut, **ERRORS})
def person(request: HttpRequest, person: UUID) -> dict[str, Any]:
    """One person."""
    return _person(person_of(request, person))


def _person(one: Any) -> dict[str, Any]:
    facts = {"id": one.pk, "number": one.number, "name": one.name, "virtual": one.virtual}
    return {**facts, "born": one.facts.get("born"), "sex": one.facts.get("sex") or None}


@api.get("/people/{person}/scores", url_name="scores", response={200: list[ScoreOut], **ERRORS})
def scores(request: HttpRequest, person: UUID) -> list[dict[str, Any]]:
    """The scores of one person, in order of time."""
    rows = current(person_of(request, person), ("score",))
    return [{**row.content, "id": row.pk, "at": row.at} for row in rows]


@api.get("/people/{person}/doses", url_name="doses", response={200: list[dict[str, Any]], **ERRORS})
def doses(request: HttpRequest, person: UUID) -> list[dict[str, Any]]:
    """The doses of one person, in order of time."""
    rows = current(person_of(request, person), ("dose",))
    return [{**row.content, "id": str(row.pk), "at": row.at.isoformat()} for row in rows]


@api.get("/people/{person}/vitals", url_name="vitals", response={200: list[dict[str, Any]], **ERRORS})
def vitals(request: HttpRequest, person: UUID) -> list[dict[str, Any]]:
    """The vital signs of one person, in order of time."""
    rows = current(person_of(request, person), ("vitals",))
    return [{**row.content, "id": str(row.pk), "at": row.at.isoformat()} for row in rows]


@api.post("/people/{person}/scores/new", url_name="score-new", response={201: Written, **ERRORS})
def score_new(request: HttpRequest, person: UUID, sent: ScoreIn) -> Any:
    """Write down a scale; an answer may raise an alert."""
    one = person_of(request, person)
    try:
        scale = load_instrument(sent.instrument)
    except VagusError as error:
        raise HttpError(400, error.message) from None
    if scale.bycrosswalk or len(sent.answers) != len(scale.items):
        raise HttpError(400, f"{scale.abbreviation} is answered by {len(scale.items)} items")
    data = {f"item_{k}": str(mark) for k, mark in enumerate(sent.answers, start=1)}
    form = AnswerForm(_data(data, sent.at, sent.confirm), person=one, instrument=scale, by="program")
    return _write(request, form)


@api.post("/people/{person}/vitals/new", url_name="vitals-new", response={201: Written, **ERRORS})
def vitals_new(request: HttpRequest, person: UUID, sent: VitalsIn) -> Any:
    """Write down vital signs."""
    one = person_of(request, person)
    kept = sent.model_dump(exclude={"at", "confirm"})
    data = {key: str(value) for key, value in kept.items() if value is not None}
    return _write(request, VitalsForm(_data(data, sent.at, sent.confirm), person=one))


def _data(data: dict[str, str], at: datetime | None, confirm: bool) -> dict[str, str]:
    try:
        when = timezone.localtime(at if at is None or timezone.is_aware(at) else timezone.make_aware(at))
    except (OverflowError, ValueError):
        raise HttpError(400, "this time cannot be") from None
    return data | {"at": when.strftime("%Y-%m-%dT%H:%M:%S"), **({"confirm": "on"} if confirm else {})}


def _write(request: HttpRequest, form: RecordForm) -> Any:
    if not form.is_valid():
        if form.questions:
            return Status(409, {"detail": "please confirm", "questions": form.questions})
        words = "; ".join(f"{name}: {' '.join(list_)}" for name, list_ in form.errors.items())
        return Status(400, {"detail": words})
    entry, alerts = write_entry(
        form.person,
        form.kind,
        form.sealed_content(),
        by=request.user,
        at=form.cleaned_data["at"],
        escalation_minutes=clinic_settings().escalation_minutes,
    )
    request.made = str(entry.pk)
    return Status(201, {"id": entry.pk, "alerts": [alert.pk for alert in alerts]})


@api.get("/alerts", url_name="alerts", response={200: list[dict[str, Any]], **ERRORS})
def alerts(request: HttpRequest) -> list[dict[str, Any]]:
    """Alerts nobody acknowledged yet."""
    return [
        {
            "id": str(row.pk),
            "person": str(row.person_id),
            "rule": row.cause,
            "raised_at": row.raised_at.isoformat(),
            "owner": row.owner.username if row.owner else None,
            "escalated": row.escalated,
        }
        for row in open_alerts(request.user)
    ]


@api.get("/jobs", url_name="jobs", response={200: list[dict[str, Any]], **ERRORS})
def jobs(request: HttpRequest) -> list[dict[str, Any]]:
    """The simulations this account asked for, the latest first."""
    rows = Job.objects.filter(made_by=request.user)[:100]
    return [
        {"id": str(row.pk), "kind": row.kind, "state": row.state, "progress": row.progress} for row in rows
    ]


def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the API."""
    return JsonResponse(api.get_openapi_schema(path_prefix="/api/"))
