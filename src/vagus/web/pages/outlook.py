"""What drives it, and Forecast: for clinicians only, off until an administrator has signed the notice."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ...learn.plan import plan_names
from ...observe import list_instruments, load_instrument
from ...report import DISCLAIMER
from ...tables import atlas_path, read_toml
from ..chart import Chart, Line, Mark, Panel
from ..clinic_rules import plausible
from ..guard import forecast_on
from ..record.finding import current, person_of
from ..record.models import Job, Person
from ..record.scores import series_of
from ..work.following import day_zero, problem_of, shown_keys
from ..work.queue import ask, result_of
from .pdf import page_pdf

_WEEKS = (4, 8, 12, 26)
_STYLES = ("none", "model", "plan", "past")
_DRAWN = ("dashed", "blue", "purple", "dotted")
_TALL = 140


class PlanForm(forms.Form):
    """Which plans, for how long."""

    plans = forms.MultipleChoiceField(
        label="Plans to compare (the others are compared with the first)",
        widget=forms.CheckboxSelectMultiple,
        initial=["none", "ketamine-monthly"],
    )
    weeks = forms.TypedChoiceField(
        label="Weeks", choices=[(week, str(week)) for week in _WEEKS], coerce=int, initial=12
    )
    seed = forms.IntegerField(label="Seed of the random numbers", min_value=1, max_value=10**9, initial=1)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        titles = read_toml(atlas_path("plans.toml"))
        names = [name for name in plan_names() if "same_as" not in titles.get(name, {})]
        self.fields["plans"].choices = [(name, titles[name]["title"]) for name in names if name in titles]

    def clean_plans(self) -> list[str]:
        """At most four."""
        chosen: list[str] = self.cleaned_data["plans"]
        if len(chosen) > 4:
            raise forms.ValidationError("Choose at most four plans.")
        return chosen


def _allowed(request: HttpRequest, person: str) -> Person:
    one = person_of(request, person)
    if not forecast_on():
        raise Http404
    return one


def _last(one: Person) -> tuple[Job | None, dict[str, Any] | None]:
    """The newest finished follow-up of a person with its result, and none without."""
    job = (
        Job.objects.filter(person=one, kind="forecast", state=Job.State.DONE).select_related("person").first()
    )
    if job is None:
        return None, None
    job.person = one
    return job, result_of(job)


@require_http_methods(["GET", "POST"])
def forecast(request: HttpRequest, person: str) -> HttpResponse:
    """Ask for a forecast, and read the newest one."""
    one = _allowed(request, person)
    form = PlanForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if words := problem_of(one):
            messages.error(request, f"This record cannot be followed: {words}")
            return redirect("forecast", one.pk)
        job = ask("forecast", dict(form.cleaned_data), request.user, one)
        request.made = str(job.pk)
        return redirect("job", job.pk)
    waiting = Job.objects.filter(person=one, kind="forecast", state__in=("queued", "running")).first()
    facts = _facts(one) | {"form": form, "waiting": waiting, "problem": problem_of(one)}
    return render(request, "forecast.html", facts)


@require_GET
def forecast_print(request: HttpRequest, person: str) -> HttpResponse:
    """The forecast for paper."""
    return render(request, "forecast_print.html", _facts(_allowed(request, person), needed=True))


@require_GET
def forecast_pdf(request: HttpRequest, person: str) -> HttpResponse:
    """The forecast as a PDF."""
    facts = _facts(_allowed(request, person), needed=True)
    return page_pdf(request, "forecast", facts, f"forecast-{facts['person'].number}.pdf")


@require_GET
def drives(request: HttpRequest, person: str) -> HttpResponse:
    """Which loops hold the state up, as the newest follow-up says."""
    one = _allowed(request, person)
    job, result = _last(one)
    return render(request, "drives.html", {"person": one, "job": job, "result": result})


def _facts(one: Person, needed: bool = False) -> dict[str, Any]:
    job, result = _last(one)
    if job is None or result is None:
        if needed:
            raise Http404
        return {"person": one, "job": None, "result": None}
    rows = _rows(result)
    heads = ["Plan", "Scale", "Now", "At the end (90 %)", "Response", "Remission", "Relapse by then"]
    return {
        "person": one,
        "job": job,
        "result": result,
        "charts": [_chart(one, result, key) for key in shown_keys(result)[:3]],
        "rows": rows,
        "heads": heads,
        "differences": _differences(result),
        "words": _words(result),
        "unlike": result["checks"]["verdict"] == "unlike",
        "key": _key(result),
        "shaded": _shaded(result),
        "lines": [
            ["Record", f"{one.number}{' (virtual person)' if one.virtual else ''}"],
            ["Made", f"{timezone.localtime(job.done_at):%d %b %Y, %H:%M}"],
            ["Model", f"{result['model'][:16]}, vagus {result['version']}, seed {result['seed']}"],
            ["Rests on", result["record"]],
        ],
        "disclaimer": DISCLAIMER,
    }


def _titles(result: dict[str, Any]) -> dict[str, str]:
    return {plan["key"]: plan["title"] for plan in result["plans"]}


def _rows(result: dict[str, Any]) -> list[list[str]]:
    found = []
    for plan in result["plans"]:
        for key in shown_keys(result):
            one = plan["scores"][key]
            bands = one["bands"]
            ends = f"{_n(bands[2][-1])} ({_n(bands[0][-1])} to {_n(bands[4][-1])})"
            shares = [_share(one[name]) for name in ("response", "remission", "relapse")]
            found.append([plan["title"], load_instrument(key).abbreviation, _n(bands[2][0]), ends, *shares])
    return found


def _n(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _share(column: list[float | None] | None) -> str:
    return "–" if not column or column[-1] is None else f"{column[-1]:.0%}"


def _differences(result: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """(plans, scale, difference on average over the weeks, verdict)."""
    titles, told = _titles(result), []
    for row in result["differences"]:
        low, middle, high = row["points"][0], row["points"][2], row["points"][4]
        size = f"{_n(middle)} points (90 %: {_n(low)} to {_n(high)})"
        plans = f"{titles[row['plan']]} against {titles[row['against']]}"
        told.append((plans, load_instrument(row["key"]).abbreviation, size, row["verdict"]))
    return told


def _odd_name(odd: dict[str, Any]) -> str:
    """What people call a reading: a scale and its item, or a vital sign."""
    if odd["key"] not in list_instruments():
        known = plausible().get(odd["key"])
        return known.label if known else str(odd["key"]).replace("_", " ")
    item = odd.get("item", -1)
    return load_instrument(odd["key"]).abbreviation + (f", item {item + 1}" if item >= 0 else "")


def _key(result: dict[str, Any]) -> str:
    """How the plans are drawn, in words, for paper."""
    named = [f"{how}: {plan['title']}" for plan, how in zip(result["plans"], _DRAWN, strict=False)]
    return f"Lines: {'; '.join(named)}. {_shaded(result)}."


def _shaded(result: dict[str, Any]) -> str:
    which = " (of the first two plans)" if len(result["plans"]) > 2 else ""
    return f"Shaded: 90 of 100 such people would be measured here{which}"


def _words(result: dict[str, Any]) -> list[str]:
    """What a reader has to know before believing any of it."""
    checks = result["checks"]
    verdicts = {
        "like": "The model knows people like this one",
        "unusual": "This person is unusual for the model; read the forecast with caution",
        "unlike": "The model knows nobody like this person: do not use this forecast",
    }
    words = [
        f"{verdicts[checks['verdict']]}: {checks['share']:.0%} of virtual people have readings as unlikely as these.",
        f"Carried by {checks['effective']:.0f} virtual people who fit the record.",
    ]
    for odd in checks["odd"][:5]:
        words.append(
            f"{_odd_name(odd)}: {odd['value']:.3g} on day {odd['day']:g}, not the {odd['expected']:.2g} expected."
        )
    words += [f"{words_[:1].upper()}{words_[1:]}." for words_ in result["assumed"]]
    words.append(
        "A plan is not advice: the forecast says what the model expects, and no plan is called best."
    )
    return words


def _chart(one: Person, result: dict[str, Any], key: str) -> Chart:
    """Past totals as dots, every plan as a line, the first two with their 90 % band."""
    zero, scale = day_zero(result), load_instrument(key)
    series = series_of(current(one, ("score",))).get(key)
    points = series.points if series else ()
    marks = [
        Mark(timezone.localtime(p.at), p.total, f"{p.at:%d %b %Y}: {p.total:g}, {p.band}") for p in points
    ]
    lines = []
    for place, plan in enumerate(result["plans"]):
        bands = plan["scores"][key]["bands"]
        known = [k for k, value in enumerate(bands[2]) if value is not None]
        lines.append(
            Line(
                [_at(zero, plan["days"][k]) for k in known],
                [bands[2][k] for k in known],
                [bands[0][k] for k in known] if place < 2 else (),
                [bands[4][k] for k in known] if place < 2 else (),
                _STYLES[place % len(_STYLES)],
                plan["title"],
            )
        )
    names = "; ".join(
        f"{plan['title']}: {_n(plan['scores'][key]['bands'][2][-1])}" for plan in result["plans"]
    )
    start = marks[0].at if marks else zero
    end = _at(zero, result["plans"][0]["days"][-1])
    return Chart(
        f"{scale.abbreviation} under each plan",
        f"{scale.abbreviation}, middle and 90 % band at the end. {names}.",
        start,
        end,
        [Panel(scale.abbreviation, "points", scale.total_low, scale.total_high, marks, lines, scale.bands)],
        now=timezone.localtime(_at(zero, result["end"])),
        tall=_TALL,
    )


def _at(zero: datetime, day: float) -> datetime:
    return zero + timedelta(days=day)
