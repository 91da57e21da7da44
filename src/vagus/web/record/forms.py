"""The forms of a person: who it is, conditions, medicines, cautions, consent, notes, account and team."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ...body.background import load_background, load_medical
from ...body.condition import load_condition
from ...tables import atlas_names
from ..access.models import Role, User
from ..clinic_rules import plausible
from .form import AskingForm, RecordForm, implausible, quantity_field, words_field
from .kinds import CONSENTS
from .models import Person

SEXES = (("", "—"), ("female", "Female"), ("male", "Male"))


def condition_choices() -> list[tuple[str, str]]:
    """The conditions of the atlas that are an illness, by title."""
    rows = [(key, load_condition(key)) for key in atlas_names("conditions")]
    return [(key, one.title) for key, one in rows if key != "healthy" and not one.mixture]


class PersonForm(AskingForm):
    """Who a person is."""

    name = words_field("Name", required=True, most=120)
    born = forms.DateField(label="Born", widget=forms.DateInput(attrs={"type": "date"}))
    sex = forms.ChoiceField(label="Sex", choices=SEXES)
    weight = quantity_field("weight", required=True)
    height = quantity_field("height")
    contact = words_field("Contact (telephone, address)", most=300, rows=2)

    def __init__(self, *args: Any, known: Person | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = known

    def clean_born(self) -> date:
        """The birth date of somebody who can be alive."""
        born: date = self.cleaned_data["born"]
        if born > date.today():
            raise ValidationError("This is in the future.")
        if date.today().year - born.year > 130:
            raise ValidationError("Nobody is that old.")
        return born

    def facts(self) -> dict[str, Any]:
        """What is sealed."""
        kept = {key: value for key, value in self.cleaned_data.items() if key not in ("confirm", "born")}
        return {**kept, "born": self.cleaned_data["born"].isoformat()}

    def asked_back(self) -> list[str]:
        """Implausible numbers, and a person who may be here already."""
        kept = self.cleaned_data
        age = (date.today() - kept["born"]).days / 365.25
        values = {"weight": kept.get("weight"), "height": kept.get("height"), "age": age}
        asked = [
            implausible(plausible()[key], float(f"{v:.4g}")) for key, v in values.items() if v is not None
        ]
        for other in Person.objects.filter(erased_at=None, virtual=False).exclude(
            pk=self.known.pk if self.known else None
        ):
            same_name = other.facts.get("name", "").casefold() == kept["name"].casefold()
            if same_name and other.born == kept["born"]:
                asked.append(f"A person of this name and birth date is here already: record {other.number}.")
        return [words for words in asked if words]


class HistoryForm(RecordForm):
    """A condition or a caution."""

    kind = "condition"
    heading = "Condition"
    hint = "Choose one the model knows, or describe another in words."

    key = forms.ChoiceField(label="Condition", required=False)
    words = words_field("In words")
    since = forms.IntegerField(label="Since (year)", required=False, min_value=1900, max_value=2200)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].choices = [("", "—"), *condition_choices()]

    def clean(self) -> dict[str, Any]:
        """One of the two has to be said."""
        kept: dict[str, Any] = super().clean() or self.cleaned_data
        if not kept.get("key") and not kept.get("words"):
            raise ValidationError("Choose one from the list, or write it in words.")
        return kept


class MedicalForm(HistoryForm):
    """A contraindication or caution."""

    kind = "medical"
    heading = "Contraindication or caution"
    since = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].label = "Finding"
        self.fields["key"].choices = [("", "—"), *load_medical().items()]


class BackgroundForm(HistoryForm):
    """A medicine taken beside the treatment."""

    kind = "background"
    heading = "Medicine taken"
    since = None
    amount = words_field("Dose", most=100)
    until = forms.DateField(
        label="Until (leave empty while taken)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].label = "Medicine"
        self.fields["key"].choices = [("", "—"), *((k, one.title) for k, one in load_background().items())]

    def content(self) -> dict[str, Any]:
        """With the date as text."""
        kept = super().content()
        return kept | {"until": kept["until"].isoformat()} if "until" in kept else kept


class ConsentForm(RecordForm):
    """A consent given or taken back."""

    kind = "consent"
    heading = "Consent"

    what = forms.ChoiceField(label="To what", choices=list(CONSENTS.items()))
    given = forms.ChoiceField(label="Given", choices=[("yes", "Given"), ("no", "Refused or withdrawn")])
    way = words_field("How (signed paper, in person)", most=200)
    witness = words_field("Witness", most=120)


class NoteForm(RecordForm):
    """A note in free words."""

    kind = "note"
    heading = "Note"

    text = words_field("Note", required=True, rows=6, most=20_000)


class TeamForm(forms.Form):
    """Who of the clinic may see this person."""

    restricted = forms.BooleanField(label="Only these people may open the record", required=False)
    team = forms.ModelMultipleChoiceField(
        label="Team", queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        care = User.objects.filter(role__in=(Role.CLINICIAN, Role.STAFF), is_active=True)
        self.fields["team"].queryset = care.order_by("username")

    def clean(self) -> dict[str, Any]:
        """A restricted record needs somebody who can open it."""
        kept: dict[str, Any] = super().clean() or self.cleaned_data
        if kept.get("restricted") and not kept.get("team"):
            raise ValidationError("Choose at least one who may open it.")
        return kept
