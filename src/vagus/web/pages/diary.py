"""The diary of a person: a two-minute check-in and one's own course in plain words."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ...observe import load_instrument
from ..clinic_rules import wording_of
from ..guard import clinic_settings
from ..record.answer_forms import AnswerForm, DiaryForm
from ..record.finding import current, people_for
from ..record.models import Alert, Person
from ..record.overview import chart_of
from ..record.scores import Series, series_of
from .writing import save

STEPS = ("phq2", "gad2")
LONGER = ("phq9", "gad7")
_BETTER = {
    "better": "clearly better than at the start",
    "worse": "clearly worse than at the start",
    "no reliable change": "about the same as at the start",
    "": "",
}
_NAMES = {
    "phq2": "Mood",
    "phq9": "Mood, longer",
    "gad2": "Worry",
    "gad7": "Worry, longer",
    "nrs_pain": "Pain",
}


def _own(request: HttpRequest) -> Person:
    one = people_for(request.user).first()
    if one is None:
        raise Http404
    request.person_id = str(one.pk)
    return one


def diary(request: HttpRequest) -> HttpResponse:
    """One's own course."""
    one = _own(request)
    entries = current(one, ("score", "diary", "dose"))
    series = {key: row for key, row in series_of(entries).items() if key in _NAMES}
    raised = Alert.objects.filter(person=one, raised_at__gt=timezone.now() - timedelta(days=2)).exists()
    facts = {
        "person": one,
        "lines": [_line(row) for row in series.values()],
        "chart": chart_of(one, entries, series, _NAMES),
        "entries": [row for row in entries if row.kind == "diary"][::-1][:14],
        "longer": [(key, _NAMES[key]) for key in LONGER],
        "crisis": raised,
    }
    return render(request, "diary.html", facts)


def _line(row: Series) -> tuple[str, str]:
    """The newest score of one scale in plain words."""
    last = row.last
    name = _NAMES[row.instrument.key]
    band = "" if len(row.instrument.bands) < 2 else f": {last.band}"
    change = _BETTER.get(last.since_first, "")
    words = (
        f"{last.total:g} of {row.instrument.total_high:g} points on {timezone.localtime(last.at):%d %B}{band}"
    )
    return name, words + (f", {change}" if change else "") + "."


@require_http_methods(["GET", "POST"])
def diary_new(request: HttpRequest) -> HttpResponse:
    """The check-in: mood, worry, pain, sleep and energy on one page."""
    one = _own(request)
    data = request.POST if request.method == "POST" else None
    scales = [
        AnswerForm(data, person=one, instrument=load_instrument(key), by="patient", prefix=key, initial=None)
        for key in STEPS
    ]
    rest = DiaryForm(data, person=one, prefix="day")
    forms = [*scales, rest]
    for form in forms:
        form.fields.pop("at")
    if data is not None and all([form.is_valid() for form in forms]):
        for form in forms:
            form.cleaned_data["at"] = timezone.now()
            save(request, form)
        messages.success(request, "Thank you. It has been saved.")
        return redirect("diary")
    questions = [words for form in forms for words in form.questions]
    parts = [(form, wording_of(form.instrument.key)) for form in scales]
    return render(
        request, "diary_new.html", {"parts": parts, "rest": rest, "questions": questions, "person": one}
    )


@require_http_methods(["GET", "POST"])
def diary_answer(request: HttpRequest, scale: str) -> HttpResponse:
    """A longer scale; an answer that raises an alert shows the clinic's crisis text at once."""
    one = _own(request)
    if scale not in LONGER:
        raise Http404
    instrument = load_instrument(scale)
    form = AnswerForm(
        request.POST if request.method == "POST" else None, person=one, instrument=instrument, by="patient"
    )
    form.fields.pop("at")
    if request.method == "POST" and form.is_valid():
        form.cleaned_data["at"] = timezone.now()
        _, alerts = save(request, form)
        if alerts:
            return render(request, "crisis.html", {"text": clinic_settings().crisis_text})
        messages.success(request, "Thank you. It has been saved.")
        return redirect("diary")
    facts = {"form": form, "wording": wording_of(scale), "instrument": instrument, "title": instrument.title}
    return render(request, "answer.html", facts | {"plain": True})
