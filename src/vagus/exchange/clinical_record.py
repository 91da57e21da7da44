"""What a clinic knows of one person, as plain records: the meeting point of FHIR, REDCap, person files and the web.

Nothing here knows of any format or of the clinic's own tables. Times are datetimes with a time zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Someone:
    """The person.

    Attributes:
        key: stable identifier of the sender; what other records refer to.
        name, born, sex: '' and None where unknown; sex is female, male or ''.
        virtual: made up, not a real person.
        contact: telephone and address in words.
        weight, height: kg and cm as known of the person, beside what was measured at visits; None where unknown.
        told: when weight and height were written down.
    """

    key: str
    name: str = ""
    born: date | None = None
    sex: str = ""
    virtual: bool = False
    contact: str = ""
    weight: float | None = None
    height: float | None = None
    told: datetime | None = None


@dataclass(frozen=True)
class Appointment:
    """One visit. status: planned, open, closed, missed; `note` in words."""

    key: str
    at: datetime
    end: datetime | None = None
    status: str = "closed"
    purpose: str = ""
    note: str = ""


@dataclass(frozen=True)
class Rating:
    """One answered instrument.

    Attributes:
        at: when it was answered.
        instrument: key of the instrument; a name of the sender where we have none.
        total: None where only answers are known.
        answers: mark by number of the item, 1 is the first.
        visit: key of the appointment, '' for none.
        note: remark in words.
        by: who wrote the answers down: patient, clinic, program or ''.
    """

    at: datetime
    instrument: str
    total: float | None = None
    answers: Mapping[int, float] = field(default_factory=dict)
    visit: str = ""
    note: str = ""
    by: str = ""


@dataclass(frozen=True)
class Vital:
    """One vital sign or laboratory value, in `unit` (as `units.py` reads it); `moment` of the visit, such as before."""

    at: datetime
    key: str
    value: float
    unit: str
    visit: str = ""
    note: str = ""
    moment: str = ""


@dataclass(frozen=True)
class Administration:
    """One dose that was given; minutes 0 is at once; '' where a drug or route is not one of ours but `text` says it.

    `lot` is the number of the batch it came from; `waste` what was thrown away (mg) and `witness` who saw it; `gate`
    what spoke against it and `override` why it was given all the same.
    """

    at: datetime
    drug: str
    route: str = ""
    amount: float | None = None
    unit: str = "mg"
    minutes: float = 0.0
    text: str = ""
    visit: str = ""
    note: str = ""
    lot: str = ""
    waste: float | None = None
    witness: str = ""
    override: str = ""
    gate: str = ""

    @property
    def beside(self) -> bool:
        """Whether more was written down than what was given."""
        return self.waste is not None or any((self.note, self.lot, self.witness, self.override, self.gate))


@dataclass(frozen=True)
class Diagnosis:
    """One condition; `key` is ours or '', `text` what the sender calls it."""

    key: str
    text: str = ""
    since: date | None = None
    over: bool = False


@dataclass(frozen=True)
class Agreement:
    """Consent to something (treatment, record, research, contact), given or refused; `way` it was given, `witness`."""

    what: str
    given: bool
    at: datetime
    way: str = ""
    witness: str = ""


@dataclass(frozen=True)
class Paper:
    """A finished report, such as a PDF."""

    title: str
    at: datetime
    content: bytes = b""
    kind: str = "application/pdf"
    conclusion: str = ""


@dataclass(frozen=True)
class Medicine:
    """One medicine taken beside the treatment, as it was told at a time; `key` is ours or '', `text` what it is called,
    `dose` in words, `until` the last day (None: still taken)."""

    at: datetime
    key: str
    text: str = ""
    dose: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Caution:
    """One contraindication or caution; `key` is ours or '', `text` what it is called."""

    at: datetime
    key: str
    text: str = ""


@dataclass(frozen=True)
class Happening:
    """One adverse event; severity is mild, moderate, severe or ''; `action` is what was done about it."""

    at: datetime
    what: str
    severity: str = ""
    serious: bool = False
    action: str = ""
    visit: str = ""


@dataclass(frozen=True)
class Remark:
    """One note in free words."""

    at: datetime
    text: str
    visit: str = ""


@dataclass(frozen=True)
class CheckIn:
    """One entry of a person's own diary: pain and energy of 10, hours slept, words."""

    at: datetime
    values: Mapping[str, float] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True)
class ClinicalRecord:
    """All of one person.

    Attributes:
        someone: who.
        visits, ratings, vitals, doses, diagnoses, agreements, papers: what is known.
        medicines, cautions, happenings, remarks, diary: and what else a clinic writes down.
        kept: what was read and not understood, as it came; it is written out again.
        notes: what could not be taken over as it was meant, in words.
        left: what the sender knows beside, and this record has no place for, in words; a bundle says so.
    """

    someone: Someone
    visits: tuple[Appointment, ...] = ()
    ratings: tuple[Rating, ...] = ()
    vitals: tuple[Vital, ...] = ()
    doses: tuple[Administration, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    papers: tuple[Paper, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    cautions: tuple[Caution, ...] = ()
    happenings: tuple[Happening, ...] = ()
    remarks: tuple[Remark, ...] = ()
    diary: tuple[CheckIn, ...] = ()
    kept: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
