"""The forms of the dosing day: visit, vital signs, dose with its pressure gate, events."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ...body.route import load_routes
from ..access.models import Clinic
from ..clinic_rules import plausible
from .form import RecordForm, implausible, moment_field, quantity_field, words_field
from .kinds import MOMENTS, SEVERITIES
from .models import Entry, Person

PURPOSES = {"intake": "Intake", "dosing": "Dosing day", "follow": "Follow-up", "other": "Other"}


class VisitForm(forms.Form):
    """An appointment."""

    at = moment_field("Day and time")
    purpose = forms.ChoiceField(label="Purpose", choices=list(PURPOSES.items()), initial="dosing")
    note = words_field("Note", rows=2)


class VitalsForm(RecordForm):
    """Vital signs at one moment of the day."""

    kind = "vitals"
    heading = "Vital signs"
    quantities = ("systolic", "diastolic", "heart_rate", "oxygen", "temperature", "weight", "cadss")

    moment = forms.ChoiceField(label="Moment", choices=list(MOMENTS.items()))
    systolic = quantity_field("systolic")
    diastolic = quantity_field("diastolic")
    heart_rate = quantity_field("heart_rate")
    oxygen = quantity_field("oxygen")
    cadss = quantity_field("cadss", label="Dissociation, CADSS total")
    temperature = quantity_field("temperature")
    weight = quantity_field("weight")
    note = words_field("Note", most=500)

    def clean(self) -> dict[str, Any]:
        """Something has to be measured."""
        kept: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(kept.get(key) is not None for key in self.quantities):
            raise ValidationError("Nothing was filled in.")
        return kept

    def asked_back(self) -> list[str]:
        """Also a diastolic pressure that is not below the systolic one."""
        asked = super().asked_back()
        high, low = self.cleaned_data.get("systolic"), self.cleaned_data.get("diastolic")
        if high is not None and low is not None and low >= high:
            asked.append("The diastolic pressure is not below the systolic one. Have the two been swapped?")
        return asked


@dataclass(frozen=True)
class GateState:
    """The last pressure before a dose held against the clinic's own gate; `open` when nothing speaks against it."""

    open: bool
    measured: bool
    words: str


def gate_state(clinic: Clinic, person: Person, vitals: list[Entry]) -> GateState:
    """How the gate stands: the last pressure of this visit that was taken before the dose."""
    before = [row.content for row in vitals if row.content.get("moment") == "before"]
    taken = [row for row in before if row.get("systolic") is not None and row.get("diastolic") is not None]
    if not taken:
        return GateState(False, False, "No pressure before the dose has been recorded at this visit.")
    last = taken[-1]
    age = person.age()
    older = age is not None and age > clinic.gate_older_than
    limit = clinic.gate_systolic_older if older else clinic.gate_systolic
    told = f"{last['systolic']:g}/{last['diastolic']:g} mmHg"
    if last["systolic"] > limit or last["diastolic"] > clinic.gate_diastolic:
        words = f"Pressure {told} lies above this clinic's gate of {limit}/{clinic.gate_diastolic} mmHg."
        return GateState(False, True, words)
    return GateState(
        True, True, f"Pressure {told} lies within the gate of {limit}/{clinic.gate_diastolic} mmHg."
    )


def drug_choices() -> list[tuple[str, str]]:
    """The drugs of the atlas."""
    return [(drug, drug) for drug in load_routes()]


def route_choices() -> list[tuple[str, str]]:
    """All routes of all drugs."""
    routes = dict.fromkeys(route for routes in load_routes().values() for route in routes)
    return [(route, route) for route in routes]


class DoseForm(RecordForm):
    """A dose as it was given."""

    kind = "dose"
    heading = "Dose"

    drug = forms.ChoiceField(label="Drug", initial="ketamine")
    route = forms.ChoiceField(label="Route", initial="iv")
    amount = forms.FloatField(
        label="Amount (mg)",
        min_value=0.001,
        max_value=100_000,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )
    minutes = forms.FloatField(
        label="Given over (minutes, 0 for at once)", min_value=0, max_value=14_400, initial=40
    )
    lot = words_field("Lot", most=60)
    waste = forms.FloatField(label="Waste (mg)", min_value=0, max_value=100_000, required=False)
    witness = words_field("Witness of the waste", most=120)
    override = words_field("Reason for giving it in spite of the gate", most=1000, rows=2)
    note = words_field("Note", most=500)

    def __init__(self, *args: Any, gate: GateState, **options: Any) -> None:
        super().__init__(*args, **options)
        self.gate = gate
        self.fields["drug"].choices = drug_choices()
        self.fields["route"].choices = route_choices()
        if gate.open:
            del self.fields["override"]
        else:
            self.fields["override"].required = True
            self.fields["override"].error_messages["required"] = self._why()

    def clean(self) -> dict[str, Any]:
        """The route has to be one of the drug; waste has a witness; a closed gate needs a reason."""
        kept: dict[str, Any] = super().clean() or self.cleaned_data
        routes = load_routes().get(kept.get("drug", ""), {})
        if kept.get("route") and kept["route"] not in routes:
            self.add_error("route", f"{kept.get('drug')} is given: {', '.join(routes)}.")
        if kept.get("waste") and not kept.get("witness"):
            self.add_error("witness", "Waste needs a witness.")
        if not self.gate.open and len((kept.get("override") or "").strip()) < 5:
            if "override" not in self.errors:
                self.add_error("override", self._why())
        return kept

    def _why(self) -> str:
        return f"{self.gate.words} Say why it is given all the same."

    def content(self) -> dict[str, Any]:
        """With the unit."""
        kept = super().content() | {"unit": "mg"}
        return kept if self.gate.open else kept | {"gate": self.gate.words}

    def asked_back(self) -> list[str]:
        """Also a dose that is far from what people of this weight get."""
        asked = super().asked_back()
        amount = self.cleaned_data["amount"]
        if words := implausible(plausible()["dose_mg"], amount):
            asked.append(words)
        weight = self.person.facts.get("weight")
        studied = load_routes()[self.cleaned_data["drug"]][self.cleaned_data["route"]].studied
        if studied is not None and studied.unit == "mg/kg" and weight:
            each = amount / weight
            if not studied.low <= each <= studied.high:
                asked.append(
                    f"{each:.2g} mg/kg lies outside the range with evidence, {studied.low:g} to "
                    f"{studied.high:g} mg/kg ({studied.meaning}; source {studied.source}). Is it right?"
                )
        return asked


class EventForm(RecordForm):
    """Something that happened at the visit."""

    kind = "event"
    heading = "Event"

    what = words_field("What happened", required=True, most=500)
    severity = forms.ChoiceField(label="Severity", choices=list(SEVERITIES.items()))
    serious = forms.BooleanField(label="Serious (hospital, danger to life, lasting harm)", required=False)
    action = words_field("What was done", most=500)
