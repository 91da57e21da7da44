"""Answering a scale item by item: with its words where they are free, by item numbers else."""

from typing import Any

import numpy as np
from django import forms

from ...observe import Instrument, Item, list_instruments, load_instrument
from ..clinic_rules import wording_of
from .form import RecordForm, quantity_field, words_field


def answerable() -> list[Instrument]:
    """The scales a person can be asked: those with items of their own."""
    scales = [load_instrument(key) for key in list_instruments()]
    return sorted(
        (one for one in scales if not one.bycrosswalk), key=lambda one: (not one.usual, one.abbreviation)
    )


def item_text(instrument: Instrument, item: Item) -> str:
    """What stands above an item: its words, or its number."""
    wording = wording_of(instrument.key)
    return wording.items[item.number - 1] if wording else f"Item {item.number}"


def _choices(instrument: Instrument, item: Item) -> list[tuple[str, str]]:
    wording = wording_of(instrument.key)
    marks = range(int(item.low), int(item.high) + 1)
    if wording and wording.answers:
        return [(str(mark), f"{wording.answers[mark - int(item.low)]} ({mark})") for mark in marks]
    return [(str(mark), str(mark)) for mark in marks]


class AnswerForm(RecordForm):
    """One scale."""

    kind = "score"
    note = words_field("Note", most=500)

    def __init__(self, *args: Any, instrument: Instrument, by: str = "clinic", **options: Any) -> None:
        super().__init__(*args, **options)
        self.instrument, self.by = instrument, by
        self.heading = instrument.abbreviation
        if by == "patient":
            del self.fields["note"]
        items = {
            f"item_{item.number}": forms.ChoiceField(
                label=item_text(instrument, item),
                choices=_choices(instrument, item),
                widget=forms.RadioSelect,
                error_messages={"required": "Please choose one."},
            )
            for item in instrument.items
        }
        self.fields: dict[str, forms.Field] = {**items, **self.fields}

    @property
    def item_fields(self) -> list[forms.BoundField]:
        """The items."""
        return [field for field in self if field.name.startswith("item_")]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """Time and note."""
        return [field for field in self if not field.name.startswith("item_") and field.name != "confirm"]

    def content(self) -> dict[str, Any]:
        """The answers in order, and the total of them."""
        answers = [float(self.cleaned_data[f"item_{item.number}"]) for item in self.instrument.items]
        found: dict[str, Any] = {
            "instrument": self.instrument.key,
            "answers": answers,
            "total": float(self.instrument.total_of(np.array(answers))),
            "by": self.by,
        }
        note = self.cleaned_data.get("note")
        return found | {"note": note} if note else found


class DiaryForm(RecordForm):
    """The rest of the two-minute check-in: pain, sleep, energy."""

    kind = "diary"
    heading = "How are you today?"
    quantities = ("sleep_hours",)

    pain = forms.TypedChoiceField(
        label="Pain right now: 0 is none, 10 the worst you can imagine",
        choices=[(str(mark), str(mark)) for mark in range(11)],
        coerce=float,
        widget=forms.RadioSelect,
    )
    sleep_hours = quantity_field("sleep_hours", required=True, label="Hours of sleep last night")
    energy = forms.TypedChoiceField(
        label="Energy today: 0 is none, 10 is full",
        choices=[(str(mark), str(mark)) for mark in range(11)],
        coerce=float,
        widget=forms.RadioSelect,
    )
    words = words_field("Anything you would like to add (your clinic can read it)", rows=3)
