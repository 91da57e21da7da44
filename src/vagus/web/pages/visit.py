"""The dosing day: vital signs, the pressure gate, the dose, scores and events, fast on a tablet."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ...errors import VagusError
from ...observe import load_instrument
from ..access.models import Role
from ..clinic_rules import suggested_gate, wording_of
from ..guard import clinic_settings
from ..record.answer_forms import AnswerForm, DiaryForm, answerable
from ..record.finding import entry_of, person_of, visit_of
from ..record.forms import BackgroundForm, ConsentForm, HistoryForm, MedicalForm, NoteForm
from ..record.kinds import KINDS
from ..record.models import Entry, Visit
from ..record.overview import missing_consent
from ..record.visit_forms import DoseForm, EventForm, VisitForm, VitalsForm, gate_state
from ..sources import source_words
from .writing import Made, write

_FORMS = {
    "vitals": VitalsForm,
    "event": EventForm,
    "condition": HistoryForm,
    "medical": MedicalForm,
    "background": BackgroundForm,
    "consent": ConsentForm,
    "note": NoteForm,
    "diary": DiaryForm,
}
_STATES = {Visit.Status.OPEN, Visit.Status.CLOSED, Visit.Status.MISSED, Visit.Status.PLANNED}


@require_http_methods(["GET", "POST"])
def visit_new(request: HttpRequest, person: str) -> HttpResponse:
    """Plan or begin a visit."""
    one = person_of(request, person)
    form = VisitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = Visit(person=one, at=form.cleaned_data["at"], made_by=request.user)
        made.content = {"purpose": form.cleaned_data["purpose"], "note": form.cleaned_data["note"]}
        made.save(force_insert=True)
        request.made = str(made.pk)
        return redirect("visit", made.pk)
    back = reverse("person", args=[one.pk])
    return render(
        request, "entry_form.html", {"form": form, "person": one, "title": "New visit", "back": back}
    )


def rows_of(visit: Visit) -> dict[str, list[Entry]]:
    """What was written at a visit, by kind."""
    found: dict[str, list[Entry]] = {"vitals": [], "dose": [], "event": [], "score": []}
    rows = Entry.objects.filter(visit=visit, withdrawn=False, replaced_by=None).select_related("made_by")
    for row in rows:
        row.person = visit.person
        found.setdefault(row.kind, []).append(row)
    return found


def visit(request: HttpRequest, visit: str) -> HttpResponse:
    """One visit."""
    one = visit_of(request, visit)
    rows = rows_of(one)
    taken = {row.content.get("moment") for row in rows["vitals"]}
    vitals_page = reverse("vitals", args=[one.pk])
    steps = [
        ("Vital signs before", "before" in taken, f"{vitals_page}?moment=before"),
        ("Dose", bool(rows["dose"]), reverse("dose", args=[one.pk])),
        ("After 40 minutes", "minutes_40" in taken, f"{vitals_page}?moment=minutes_40"),
        ("At discharge", "discharge" in taken, f"{vitals_page}?moment=discharge"),
    ]
    missing = next((label for label, done, _ in steps if not done), "")
    facts = {
        "visit": one,
        "person": one.person,
        "rows": rows,
        "steps": [(*step, step[0] == missing) for step in steps],
        "source": source_words(suggested_gate().source),
        "gate": gate_state(clinic_settings(), one.person, rows["vitals"]),
        "suggested": suggested_gate(),
        "no_consent": missing_consent(one.person),
        "scales": answerable(),
    }
    return render(request, "visit.html", facts)


@require_http_methods(["POST"])
def visit_status(request: HttpRequest, visit: str) -> HttpResponse:
    """Begin, close or miss a visit."""
    one = visit_of(request, visit)
    state = request.POST.get("status", "")
    if state not in _STATES:
        raise Http404
    Visit.objects.filter(pk=one.pk).update(status=state)
    messages.success(request, f"The visit is {state} now.")
    return redirect("visit", one.pk)


@require_http_methods(["GET", "POST"])
def vitals(request: HttpRequest, visit: str) -> HttpResponse:
    """Vital signs at this visit."""
    one = visit_of(request, visit)
    first = {"moment": request.GET.get("moment", "before")}
    return write(
        request,
        lambda data: VitalsForm(data, person=one.person, visit=one, initial=first),
        person=one.person,
        visit=one,
        back=reverse("visit", args=[one.pk]),
    )


@require_http_methods(["GET", "POST"])
def dose(request: HttpRequest, visit: str) -> HttpResponse:
    """The dose; a pressure above the gate asks for a reason, and a missing consent is told and stops nobody."""
    one = visit_of(request, visit)
    gate = gate_state(clinic_settings(), one.person, rows_of(one)["vitals"])
    return write(
        request,
        lambda data: DoseForm(data, person=one.person, visit=one, gate=gate),
        person=one.person,
        visit=one,
        back=reverse("visit", args=[one.pk]),
        gate=gate,
        suggested=suggested_gate(),
        source=source_words(suggested_gate().source),
        no_consent=missing_consent(one.person),
    )


@require_http_methods(["GET", "POST"])
def event(request: HttpRequest, visit: str) -> HttpResponse:
    """Something that happened."""
    one = visit_of(request, visit)
    return write(
        request,
        lambda data: EventForm(data, person=one.person, visit=one),
        person=one.person,
        visit=one,
        back=reverse("visit", args=[one.pk]),
    )


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, person: str, scale: str) -> HttpResponse:
    """A scale, item by item, for a person; `?visit=` hangs it to a visit of theirs."""
    one = person_of(request, person)
    try:
        instrument = load_instrument(scale)
    except VagusError:
        raise Http404 from None
    if instrument.bycrosswalk:
        raise Http404
    wanted = request.GET.get("visit", "")
    at = visit_of(request, wanted) if _is_id(wanted) else None
    if at is not None and at.person_id != one.pk:
        raise Http404
    return write(
        request,
        lambda data: AnswerForm(data, person=one, visit=at, instrument=instrument),
        person=one,
        visit=at,
        back=reverse("visit", args=[at.pk]) if at else reverse("person", args=[one.pk]),
        template="answer.html",
        wording=wording_of(scale),
        instrument=instrument,
    )


@require_http_methods(["GET", "POST"])
def entry_correct(request: HttpRequest, entry: str) -> HttpResponse:
    """Write an entry anew; the old one stays readable behind it."""
    old = entry_of(request, entry)
    if old.withdrawn or Entry.objects.filter(replaces=old).exists():
        raise Http404
    if old.kind == "note" and request.user.role != Role.CLINICIAN:
        raise Http404
    if old.kind == "foreign":  # it came from elsewhere, and is corrected there
        raise Http404
    make = _maker(old)
    return write(
        request,
        make,
        person=old.person,
        visit=old.visit,
        back=reverse("entry", args=[old.pk]),
        title=f"Correct: {KINDS[old.kind].label}",
        template="answer.html" if old.kind == "score" else "entry_form.html",
        replaces=old,
        wording=wording_of(old.content.get("instrument", "")),
    )


def _maker(old: Entry) -> Made:
    """What builds the form of an entry, filled in as it was."""
    at = timezone.localtime(old.at).strftime("%Y-%m-%dT%H:%M")
    facts = {"person": old.person, "visit": old.visit}
    if old.kind == "score":
        instrument = load_instrument(old.content["instrument"])
        marks = {f"item_{k}": f"{mark:g}" for k, mark in enumerate(old.content.get("answers", ()), start=1)}
        first = {"at": at, "note": old.content.get("note", ""), **marks}
        return lambda data: AnswerForm(data, instrument=instrument, initial=first, **facts)
    first = {**old.content, "at": at}
    if old.kind == "dose":
        rows = rows_of(old.visit)["vitals"] if old.visit else []
        gate = gate_state(clinic_settings(), old.person, rows)
        return lambda data: DoseForm(data, gate=gate, initial=first, **facts)
    form = _FORMS[old.kind]
    return lambda data: form(data, initial=first, **facts)


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
