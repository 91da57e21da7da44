"""Trials: build a study from a form, run it with virtual people, read what came out."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from ...body.route import load_routes
from ...observe import load_instrument, usual_instruments
from ..chart import Chart, Line, Panel
from ..record.forms import condition_choices
from ..record.models import Job
from ..work.queue import ask, request_of, result_of
from ..work.trialling import study_text
from .jobs import job_of

_DAY_ZERO = datetime(2000, 1, 1)
_MOST_DAYS, _MOST_PEOPLE = 730, 1000
_CONTROLS = [
    ("", "as usual for the drug"),
    ("open", "open: everybody knows"),
    ("saline", "blind, saline"),
    ("midazolam", "blind, midazolam"),
    ("waitlist", "waiting list"),
]
_DRUGS = ("ketamine", "esketamine", "midazolam", "saline", "placebo", "escitalopram", "opioid")


def _numbers(text: str, most: float) -> list[float]:
    """Days such as "0, 3, 7"; raises ValidationError."""
    try:
        found = sorted({float(part) for part in re.split(r"[,; ]+", text.strip()) if part})
    except ValueError:
        raise forms.ValidationError("Write days such as 0, 3, 7.") from None
    if not found or len(found) > 60 or not all(0 <= day <= most for day in found):
        raise forms.ValidationError(f"Days from 0 to {most:g}, at most sixty of them.")
    return found


class TrialForm(forms.Form):
    """A study of two arms."""

    title = forms.CharField(label="Title", max_length=120, initial="Ketamine against midazolam")
    conditions = forms.MultipleChoiceField(
        label="People with", widget=forms.CheckboxSelectMultiple, initial=["mdd"]
    )
    people = forms.IntegerField(label="People in each arm", min_value=20, max_value=_MOST_PEOPLE, initial=200)
    days = forms.IntegerField(
        label="Days after the first dose", min_value=1, max_value=_MOST_DAYS, initial=28
    )
    instrument = forms.ChoiceField(label="Scale", initial="madrs")
    visits = forms.CharField(label="Days of the ratings", max_length=200, initial="1, 7, 14, 28")
    first_drug = forms.ChoiceField(label="Drug", initial="ketamine")
    first_amount = forms.FloatField(label="Amount", min_value=0, max_value=1000, initial=0.5)
    first_unit = forms.ChoiceField(label="Unit", choices=[("mg/kg", "mg/kg"), ("mg", "mg")])
    first_minutes = forms.FloatField(label="Over (minutes)", min_value=0, max_value=1440, initial=40)
    first_days = forms.CharField(label="On days", max_length=200, initial="0")
    first_control = forms.ChoiceField(
        label="What people know", choices=_CONTROLS, required=False, initial="midazolam"
    )
    second_drug = forms.ChoiceField(label="Drug", initial="midazolam")
    second_amount = forms.FloatField(label="Amount", min_value=0, max_value=1000, initial=0.045)
    second_unit = forms.ChoiceField(label="Unit", choices=[("mg/kg", "mg/kg"), ("mg", "mg")])
    second_minutes = forms.FloatField(label="Over (minutes)", min_value=0, max_value=1440, initial=40)
    second_days = forms.CharField(label="On days", max_length=200, initial="0")
    second_control = forms.ChoiceField(
        label="What people know", choices=_CONTROLS, required=False, initial="midazolam"
    )
    seed = forms.IntegerField(label="Seed of the random numbers", min_value=1, max_value=10**9, initial=1)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["conditions"].choices = condition_choices()
        self.fields["instrument"].choices = [
            (k, load_instrument(k).abbreviation) for k in usual_instruments()
        ]
        drugs = [(drug, drug) for drug in _DRUGS if drug in load_routes()]
        self.fields["first_drug"].choices = drugs
        self.fields["second_drug"].choices = [*drugs, ("none", "no treatment")]

    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields in groups: (title, fields)."""
        arms = [(name, [f for f in self if f.name.startswith(name)]) for name in ("first", "second")]
        rest = [f for f in self if not f.name.startswith(("first", "second"))]
        return [("The study", rest), *((f"{name.capitalize()} arm", fields) for name, fields in arms)]

    def clean(self) -> dict[str, Any]:
        """Days as numbers, inside the length of the study."""
        kept: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("visits", "first_days", "second_days"):
            try:
                kept[name] = _numbers(kept.get(name, ""), kept.get("days") or _MOST_DAYS)
            except forms.ValidationError as error:
                self.add_error(name, error)
        return kept

    def facts(self) -> dict[str, Any]:
        """What the study file is made of."""
        kept = self.cleaned_data
        arms = [self._arm("first", kept), self._arm("second", kept)]
        if arms[0]["name"] == arms[1]["name"]:
            arms[1]["name"] += " 2"
        slug = re.sub(r"[^a-z0-9]+", "-", kept["title"].lower()).strip("-")[:40] or "study"
        names = ("title", "conditions", "people", "days", "instrument", "visits", "seed")
        return {"id": slug, "arms": arms, **{name: kept[name] for name in names}}

    def _arm(self, which: str, kept: dict[str, Any]) -> dict[str, Any]:
        drug = kept[f"{which}_drug"]
        routes = load_routes().get(drug, {})
        route = next(iter(routes), "iv")
        infused = drug in routes or (route in routes and routes[route].infusion is not None)
        return {
            "name": "no treatment" if drug == "none" else drug,
            "drug": drug,
            "route": route,
            "amount": kept[f"{which}_amount"],
            "unit": kept[f"{which}_unit"],
            "minutes": kept[f"{which}_minutes"] if infused and routes[route].infusion is not None else 0,
            "dose_days": kept[f"{which}_days"],
            "control": kept[f"{which}_control"],
        }


@require_GET
def trials(request: HttpRequest) -> HttpResponse:
    """The trials this account built."""
    rows = Job.objects.filter(kind="trial", made_by=request.user)[:100]
    return render(request, "trials.html", {"rows": [(row, request_of(row)["title"]) for row in rows]})


@require_http_methods(["GET", "POST"])
def trial_new(request: HttpRequest) -> HttpResponse:
    """Build a trial; it runs in a worker."""
    form = TrialForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        asked = {
            "toml": study_text(facts),
            "people": facts["people"],
            "seed": facts["seed"],
            "instrument": facts["instrument"],
            "title": facts["title"],
        }
        job = ask("trial", asked, request.user)
        request.made = str(job.pk)
        return redirect("job", job.pk)
    return render(request, "trial_new.html", {"form": form})


def _trial_of(request: HttpRequest, job: str) -> Job:
    one = job_of(request, job)
    if one.kind != "trial":
        raise Http404
    return one


@require_GET
def trial(request: HttpRequest, job: str) -> HttpResponse:
    """What came out of a trial."""
    one = _trial_of(request, job)
    result = result_of(one)
    if result is None:
        return redirect("job", one.pk)
    facts = {
        "job": one,
        "asked": request_of(one),
        "result": result,
        "scale": load_instrument(result["instrument"]),
        "chart": chart_of(result),
        "rows": _table(result),
    }
    return render(request, "trial.html", facts)


@require_GET
def trial_file(request: HttpRequest, job: str) -> HttpResponse:
    """The study file, as `vagus trial` reads it."""
    one = _trial_of(request, job)
    response = HttpResponse(request_of(one)["toml"], content_type="application/toml; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="study.toml"'
    return response


def chart_of(result: dict[str, Any]) -> Chart:
    """The mean of each arm with the middle 90 % of people."""
    scale = load_instrument(result["instrument"])
    lines = []
    for place, arm in enumerate(result["arms"]):
        known = [k for k, value in enumerate(arm["mean"]) if value is not None]
        lines.append(
            Line(
                [_DAY_ZERO + timedelta(days=result["days"][k]) for k in known],
                [arm["mean"][k] for k in known],
                [arm["low"][k] for k in known] if place == 0 else (),
                [arm["high"][k] for k in known] if place == 0 else (),
                "model" if place == 0 else "none",
                arm["name"],
            )
        )
    end = max(result["days"])
    step = max(1, round(end / 6))
    ticks = [(_DAY_ZERO + timedelta(days=day), f"day {day}") for day in range(0, int(end) + 1, step)]
    names = " and ".join(arm["name"] for arm in result["arms"])
    return Chart(
        f"{scale.abbreviation} by arm",
        f"Mean {scale.abbreviation} of {names} over {end:g} days; the table below has every number.",
        _DAY_ZERO,
        _DAY_ZERO + timedelta(days=max(end, 1)),
        [
            Panel(
                scale.abbreviation,
                "points",
                scale.total_low,
                scale.total_high,
                lines=lines,
                bands=scale.bands,
            )
        ],
        ticks=ticks,
    )


def _table(result: dict[str, Any]) -> list[tuple[float, list[Any], Any]]:
    """(day, mean and missing ratings of each arm, difference of their changes) of every rating."""
    return [
        (day, [(arm["mean"][k], arm["missing"][k]) for arm in result["arms"]], result["differences"][k])
        for k, day in enumerate(result["days"])
    ]
