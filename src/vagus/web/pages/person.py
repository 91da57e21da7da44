"""The page of one person: scores, vital signs, sleep and doses on one time axis; what is known; what was done."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ...body.background import load_background, load_medical
from ...body.condition import load_condition
from ..access.models import Role, User
from ..record.answer_forms import answerable
from ..record.finding import entry_of, open_alerts, people_for, person_of
from ..record.forms import (
    BackgroundForm,
    ConsentForm,
    HistoryForm,
    MedicalForm,
    NoteForm,
    PersonForm,
    TeamForm,
)
from ..record.models import Entry, Person, Visit
from ..record.overview import overview_of
from ..record.writing import new_person
from ..secret import fresh_password
from .pdf import page_pdf
from .writing import write

_PER_PAGE = 50
_FORMS = {"condition": HistoryForm, "medical": MedicalForm, "background": BackgroundForm}


def people(request: HttpRequest) -> HttpResponse:
    """Everybody the account may see, by name, with a search."""
    words = request.GET.get("q", "").strip().casefold()[:100]
    rows = [
        person
        for person in people_for(request.user)
        if not words or words in person.name.casefold() or words == str(person.number)
    ]
    rows.sort(key=lambda person: person.name.casefold())
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "people.html", {"page": page, "q": words, "count": len(rows)})


@require_http_methods(["GET", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """Write down a new person."""
    form = PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person = new_person(form.facts())
        request.made = request.person_id = str(person.pk)
        messages.success(request, f"{person.name} has record {person.number}.")
        return redirect("person", person.pk)
    return render(
        request, "entry_form.html", {"form": form, "title": "New person", "back": reverse("people")}
    )


@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, person: str) -> HttpResponse:
    """Change who a person is; what stood there before is kept as a note of the change."""
    one = person_of(request, person)
    form = PersonForm(request.POST if request.method == "POST" else None, initial=one.facts, known=one)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            before = {key: value for key, value in one.facts.items() if key != "before"}
            earlier = [*one.facts.get("before", []), before | {"until": timezone.now().isoformat()}]
            one.facts = form.facts() | {"before": earlier[-20:]}
            one.save(update_fields=["sealed"])
        messages.success(request, "The change was saved.")
        return redirect("person", one.pk)
    back = reverse("person", args=[one.pk])
    return render(
        request,
        "entry_form.html",
        {"form": form, "person": one, "title": "Change personal details", "back": back},
    )


def person(request: HttpRequest, person: str) -> HttpResponse:
    """The page of one person."""
    return render(request, "person.html", _page(request, person))


def person_print(request: HttpRequest, person: str) -> HttpResponse:
    """The same for paper: no navigation, everything open."""
    return render(request, "person_print.html", _page(request, person))


def person_pdf(request: HttpRequest, person: str) -> HttpResponse:
    """The same as a PDF file."""
    facts = _page(request, person)
    return page_pdf(request, "person", facts, f"record-{facts['person'].number}.pdf")


def _page(request: HttpRequest, person: str) -> dict[str, Any]:
    one = person_of(request, person)
    facts = overview_of(one)
    seen = request.user.role == Role.CLINICIAN
    return {
        "person": one,
        "facts": facts,
        "titles": _titles(facts.known),
        "notes": [row for row in facts.entries if row.kind == "note"] if seen else [],
        "visits": Visit.objects.filter(person=one)[:20],
        "alerts": open_alerts(request.user).filter(person=one),
        "scales": answerable(),
        "today": timezone.localtime(),
    }


def _titles(rows: list[Entry]) -> list[tuple[str, str, Entry]]:
    """(kind, words, entry) of conditions, medicines and cautions."""
    told = []
    for row in rows:
        key = row.content.get("key", "")
        if row.kind == "condition":
            name = load_condition(key).title if key else ""
        elif row.kind == "medical":
            name = load_medical().get(key, "")
        else:
            name = load_background()[key].title if key in load_background() else ""
        words = " – ".join(
            part for part in (name, row.content.get("words", ""), row.content.get("amount", "")) if part
        )
        told.append((row.kind, words, row))
    return told


@require_http_methods(["GET", "POST"])
def history(request: HttpRequest, person: str, kind: str) -> HttpResponse:
    """A condition, a medicine or a caution."""
    one = person_of(request, person)
    form = _FORMS[kind]
    return write(
        request,
        lambda data: form(data, person=one),
        person=one,
        back=reverse("person", args=[one.pk]),
    )


@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, person: str) -> HttpResponse:
    """A consent."""
    one = person_of(request, person)
    return write(
        request, lambda data: ConsentForm(data, person=one), person=one, back=reverse("person", args=[one.pk])
    )


@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, person: str) -> HttpResponse:
    """A note; clinicians only."""
    one = person_of(request, person)
    return write(
        request, lambda data: NoteForm(data, person=one), person=one, back=reverse("person", args=[one.pk])
    )


def entry(request: HttpRequest, entry: str) -> HttpResponse:
    """One entry with what it replaced and what replaced it."""
    one = _readable(request, entry)
    chain = [one]
    while chain[-1].replaces is not None:
        chain.append(chain[-1].replaces)
        chain[-1].person = one.person
    newer = getattr(one, "replaced_by", None) if hasattr(one, "replaced_by") else None
    return render(
        request, "entry.html", {"person": one.person, "entry": one, "chain": chain[1:], "newer": newer}
    )


def _readable(request: HttpRequest, entry: str) -> Entry:
    one = entry_of(request, entry)
    if one.kind in ("note", "foreign") and request.user.role != Role.CLINICIAN:
        return entry_of(request, "00000000-0000-0000-0000-000000000000")  # 404, as if it were not there
    return one


@require_http_methods(["POST"])
def entry_withdraw(request: HttpRequest, entry: str) -> HttpResponse:
    """Take an entry back: it stays readable, and counts nowhere any more."""
    one = _readable(request, entry)
    Entry.objects.filter(pk=one.pk).update(withdrawn=True)
    messages.success(request, "The entry was withdrawn. It can still be read here.")
    return redirect("entry", one.pk)


@require_http_methods(["GET", "POST"])
def person_team(request: HttpRequest, person: str) -> HttpResponse:
    """Who may open this record."""
    one = person_of(request, person)
    first = {"restricted": one.restricted, "team": list(one.team.all())}
    form = TeamForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            one.restricted = form.cleaned_data["restricted"]
            one.save(update_fields=["restricted"])
            one.team.set(form.cleaned_data["team"])
        messages.success(request, "The team was saved.")
        if people_for(request.user).filter(pk=one.pk).exists():
            return redirect("person", one.pk)
        return redirect("people")  # who shut the door on themselves
    return render(
        request,
        "form.html",
        {"form": form, "title": f"Who may open the record of {one.name}", "button": "Save"},
    )


@require_http_methods(["POST"])
def person_account(request: HttpRequest, person: str) -> HttpResponse:
    """Give the person an account of their own for the diary; the first password is shown once."""
    one = person_of(request, person)
    if one.account is None:
        secret = fresh_password()
        names = (f"p{one.number}{'-' * bool(n)}{n or ''}" for n in range(1000))
        account = User.objects.create_user(
            next(name for name in names if not User.objects.filter(username=name).exists()),
            password=secret,
            role=Role.PATIENT,
            must_change_password=True,
        )
        Person.objects.filter(pk=one.pk).update(account=account)
        request.made = str(account.pk)
        return render(request, "new_account.html", {"account": account, "secret": secret, "person": one})
    messages.error(request, f"There is an account already: {one.account.username}.")
    return redirect("person", one.pk)
