"""Records from and to other systems: FHIR R4 bundles, for clinicians."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ...errors import VagusError
from ...exchange.fhir_in import records_of_text
from ...exchange.fhir_out import fhir_bundle
from ..guard import clinic_settings, note
from ..record.arriving import Arrival, plan, take_in
from ..record.finding import person_of
from ..record.leaving import clinical_record

_MOST_PEOPLE = 50


class BundleForm(forms.Form):
    """A file, and the answer to what was asked about it."""

    bundle = forms.FileField(
        label="FHIR bundle (JSON)",
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )
    confirm = forms.BooleanField(required=False, label="It is correct as entered")


@require_GET
def person_fhir(request: HttpRequest, person: str) -> HttpResponse:
    """One record as a FHIR R4 bundle, with the notes or, as `notes=no` in the address asks, without."""
    one = person_of(request, person)
    notes = request.GET.get("notes") != "no"
    bundle = fhir_bundle(clinical_record(one, notes), timezone.localtime())
    text = json.dumps(bundle, ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/fhir+json")
    response.headers["Content-Disposition"] = f'attachment; filename="record-{one.number}.json"'
    return response


@require_http_methods(["GET", "POST"])
def people_import(request: HttpRequest) -> HttpResponse:
    """Take in a bundle: what it would become is shown and asked about first."""
    form = BundleForm(request.POST, request.FILES) if request.method == "POST" else BundleForm()
    arrivals: list[Arrival] = []
    if request.method == "POST" and form.is_valid():
        arrivals, problem = _read(form.cleaned_data["bundle"], request.user)
        if problem:
            form.add_error("bundle", problem)
        elif form.cleaned_data["confirm"]:
            return _take(request, arrivals)
    facts: dict[str, Any] = {"form": form, "arrivals": arrivals, "most": settings.LARGEST_BODY // 1_000_000}
    return render(request, "import.html", facts)


def _read(file: Any, user: Any) -> tuple[list[Arrival], str]:
    """What the file would become, and what is wrong with it ('' for nothing)."""
    try:
        records = records_of_text(file.read().decode("utf-8-sig"), "the bundle")
    except UnicodeDecodeError:
        return [], "This is not text."
    except VagusError as error:
        return [], f"{error.message}. {error.hint or ''}"
    if len(records) > _MOST_PEOPLE:
        return [], f"At most {_MOST_PEOPLE} people at once."
    return [plan(record, user) for record in records], ""


def _take(request: HttpRequest, arrivals: list[Arrival]) -> HttpResponse:
    done = take_in(arrivals, request.user, clinic_settings().escalation_minutes)
    for person, _ in done:
        note(request, "change", "import", "", str(person.pk))
    written = sum(count for _, count in done)
    numbers = ", ".join(str(person.number) for person, _ in done)
    messages.success(request, f"{written} entries were saved. Record: {numbers}.")
    if len(done) == 1:
        return redirect("person", done[0][0].pk)
    return redirect("people")
