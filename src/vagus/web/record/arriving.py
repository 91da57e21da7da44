"""Clinical records from elsewhere (FHIR) into the clinic: what would be written is planned first, asked about, then
written whole or not at all. What has no place here is kept as it came, or told; nothing is changed in silence.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from ...body.background import load_background, load_medical
from ...body.condition import load_condition
from ...body.route import load_routes
from ...errors import VagusError
from ...exchange.clinical_record import (
    Administration,
    CheckIn,
    ClinicalRecord,
    Diagnosis,
    Rating,
    Someone,
    Vital,
)
from ...observe import list_instruments, load_instrument
from ...tables import atlas_names
from ...units import convert
from ...units import same as same_unit
from ..access.models import User
from ..clinic_rules import plausible
from .finding import people_for
from .form import implausible, same
from .kinds import CONSENTS, MOMENTS
from .leaving import DIARY, VITALS
from .models import Entry, Person, Visit
from .writing import new_person, write_entry

_FACTS = ("weight", "height")
_MOST_WORDS = 2000  # of a remark
_ANSWERED = ("patient", "clinic", "program")


@dataclass
class Coming:
    """One entry to be written: kind, time, content, key of the visit, and what has to be asked about it."""

    kind: str
    at: datetime
    content: dict[str, Any]
    visit: str = ""
    asked: list[str] = field(default_factory=list)


@dataclass
class Arrival:
    """What one record would become.

    Attributes:
        facts: name, birth date and the rest; of a new person.
        known: the person here with this name and birth date, to whom it is added; None: a new one.
        virtual: made up.
        visits: key, time, status, purpose, note.
        entries: what would be written, the oldest first; twice: how many stand here already.
        asked: what has to be answered about the person.
        left: what cannot be taken over, in words.
        problem: why nothing of it can be taken over; ''.
    """

    facts: dict[str, Any]
    known: Person | None = None
    virtual: bool = False
    visits: list[tuple[str, datetime, str, str, str]] = field(default_factory=list)
    entries: list[Coming] = field(default_factory=list)
    twice: int = 0
    asked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    problem: str = ""

    @property
    def questions(self) -> list[str]:
        """All that has to be answered before anything is written."""
        return [*self.asked, *(words for one in self.entries for words in one.asked)]


def plan(record: ClinicalRecord, user: User) -> Arrival:
    """What a record would become here; nothing is written."""
    someone = record.someone
    facts: dict[str, Any] = {"name": someone.name.strip()[:120], "sex": someone.sex}
    found = Arrival(facts, virtual=someone.virtual, left=list(record.notes))
    found.left += [f"left out by the sender: {words}" for words in record.left]
    if not facts["name"] or someone.born is None:
        found.problem = "It has no name or no birth date."
        return found
    facts["born"] = someone.born.isoformat()
    if someone.born > timezone.localdate():
        found.problem = "Its birth date lies in the future."
        return found
    found.visits = [(v.key, v.at, v.status, v.purpose[:200], v.note[:_MOST_WORDS]) for v in record.visits]
    reasons: Counter[str] = Counter()
    _ratings(record.ratings, found, reasons)
    _vitals(record.vitals, found, reasons)
    _facts(someone, found)
    _doses(record.doses, found, reasons)
    for one in record.diagnoses:
        found.entries.append(_diagnosis(one))
    for agreement in record.agreements:
        if agreement.what in CONSENTS:
            content = {"what": agreement.what, "given": "yes" if agreement.given else "no"}
            content |= {"way": agreement.way[:200]} if agreement.way else {}
            content |= {"witness": agreement.witness[:120]} if agreement.witness else {}
            found.entries.append(Coming("consent", agreement.at, content))
        else:
            reasons["consent to something this clinic does not ask about"] += 1
    found.entries += _care(record)
    _diary(record.diary, found)
    if record.papers:
        reasons["report as a file"] += len(record.papers)
    if record.kept:
        found.entries.append(
            Coming("foreign", timezone.now(), {"resources": [dict(one) for one in record.kept]})
        )
    found.left += [f"{count} × {reason}: not taken over" for reason, count in sorted(reasons.items())]
    _not_from_the_future(found)
    _known(found, user)
    return found


def _ratings(rows: tuple[Rating, ...], found: Arrival, reasons: Counter[str]) -> None:
    for one in rows:
        if one.instrument not in list_instruments():
            reasons[f"score of {one.instrument[:40] or 'an unknown scale'}"] += 1
            continue
        scale = load_instrument(one.instrument)
        marks = [one.answers.get(item.number) for item in scale.items]
        whole = (
            bool(marks)
            and not scale.bycrosswalk
            and all(
                mark is not None and item.low <= mark <= item.high
                for mark, item in zip(marks, scale.items, strict=True)
            )
        )
        total = float(scale.total_of(np.array(marks, dtype=float))) if whole else one.total
        if total is None or not scale.total_low <= total <= scale.total_high:
            reasons[f"score of {scale.abbreviation} without a total that can be"] += 1
            continue
        asked = []
        if whole and one.total is not None and abs(one.total - total) > 0.01:
            told = f"its answers make {total:g}, its total says {one.total:g}. Shall the answers count?"
            asked.append(f"{scale.abbreviation} of {one.at:%d %b %Y}: {told}")
        by = one.by if one.by in _ANSWERED else "fhir"
        content = {"instrument": scale.key, "answers": marks if whole else [], "total": total, "by": by}
        content |= {"note": one.note[:_MOST_WORDS]} if one.note else {}
        found.entries.append(Coming("score", one.at, content, one.visit, asked))


def _vitals(rows: tuple[Vital, ...], found: Arrival, reasons: Counter[str]) -> None:
    """Those of one moment become one entry; weight and height also tell who it is, the latest counts."""
    moments: dict[tuple[datetime, str, str], Coming] = {}
    for one in sorted(rows, key=lambda row: row.at):
        quantity = plausible().get(one.key)
        if quantity is None or one.key not in (*VITALS, *_FACTS):
            reasons[one.key[:40].replace("_", " ")] += 1
            continue
        value = _in_unit(one.value, one.unit, quantity.unit)
        if value is None:
            reasons[f"{quantity.label} in {one.unit[:20]}"] += 1
            continue
        words = implausible(quantity, value)
        asked = [f"{one.at:%d %b %Y}: {words}"] if words else []
        if one.key in _FACTS:
            found.facts[one.key] = value
        if one.key in VITALS:
            moment = one.moment if one.moment in MOMENTS else "other"
            fresh = Coming("vitals", one.at, {"moment": moment}, one.visit)
            entry = moments.setdefault((one.at, one.visit, moment), fresh)
            entry.content.setdefault(one.key, value)
            if one.note:
                entry.content.setdefault("note", one.note[:_MOST_WORDS])
            entry.asked += asked
        else:
            found.asked += asked
    found.entries += moments.values()


def _facts(someone: Someone, found: Arrival) -> None:
    """What the sender knows of the person counts before what was measured once."""
    found.facts |= {"contact": someone.contact[:300]} if someone.contact else {}
    for key, value in (("weight", someone.weight), ("height", someone.height)):
        if value is not None:
            quantity = plausible()[key]
            found.facts[key] = value
            found.asked += [words] if (words := implausible(quantity, value)) else []


def _in_unit(value: float, unit: str, wanted: str) -> float | None:
    """The value in another unit; None where it has none of that kind."""
    if unit == wanted:
        return value
    try:
        return value if same_unit(unit, wanted) else float(f"{convert(value, unit, wanted):.6g}")
    except VagusError:
        return None


def _doses(rows: tuple[Administration, ...], found: Arrival, reasons: Counter[str]) -> None:
    for one in rows:
        amount = None if one.amount is None else _in_unit(one.amount, one.unit, "mg")
        if one.route not in load_routes().get(one.drug, {}) or amount is None or amount <= 0:
            reasons[f"dose of {(one.text or one.drug)[:40] or 'an unknown drug'}"] += 1
            continue
        words = implausible(plausible()["dose_mg"], amount)
        asked = [f"{one.at:%d %b %Y}, {one.drug}: {words}"] if words else []
        content = {
            "drug": one.drug,
            "route": one.route,
            "amount": amount,
            "unit": "mg",
            "minutes": one.minutes,
        }
        content |= {"lot": one.lot[:60]} if one.lot else {}
        if one.waste is not None:
            content |= {"waste": one.waste}
            if words := implausible(plausible()["dose_mg"], one.waste) if one.waste else "":
                asked.append(f"{one.at:%d %b %Y}, waste of {one.drug}: {words}")
        limits = {"witness": 120, "override": 1000, "gate": _MOST_WORDS}
        content |= {key: text[:most] for key, most in limits.items() if (text := getattr(one, key))}
        content |= {"note": one.note[:_MOST_WORDS]} if one.note else {}
        found.entries.append(Coming("dose", one.at, content, one.visit, asked))


def _diagnosis(one: Diagnosis) -> Coming:
    known = one.key in atlas_names("conditions") and not load_condition(one.key).mixture
    words = "" if known and not one.over else (one.text or one.key)[:200]
    content: dict[str, Any] = {"key": one.key} if known and not one.over else {}
    if words:
        content["words"] = f"{words} (over)" if one.over else words
    if one.since:
        content["since"] = one.since.year
    return Coming("condition", timezone.now(), content)


def _care(record: ClinicalRecord) -> list[Coming]:
    """Medicines, cautions, events and notes."""
    found = []
    for medicine in record.medicines:
        known = load_background().get(medicine.key)
        content = _said(medicine.key, medicine.text, known.title if known else "")
        content |= {"amount": medicine.dose[:100]} if medicine.dose else {}
        content |= {"until": medicine.until.isoformat()} if medicine.until else {}
        found.append(Coming("background", medicine.at, content))
    for caution in record.cautions:
        content = _said(caution.key, caution.text, load_medical().get(caution.key, ""))
        found.append(Coming("medical", caution.at, content))
    for event in record.happenings:
        content = {"what": event.what[:_MOST_WORDS], "severity": event.severity, "serious": event.serious}
        content |= {"action": event.action[:_MOST_WORDS]} if event.action else {}
        if not event.severity:
            del content["severity"]
        found.append(Coming("event", event.at, content, event.visit))
    for remark in record.remarks:
        found.append(Coming("note", remark.at, {"text": remark.text}, remark.visit))
    return found


def _said(key: str, text: str, title: str) -> dict[str, Any]:
    """Key and words; none where they only say what the key is called."""
    words = "" if text == title else text[:_MOST_WORDS]
    return {name: value for name, value in (("key", key), ("words", words)) if value}


def _diary(rows: tuple[CheckIn, ...], found: Arrival) -> None:
    for one in rows:
        content: dict[str, Any] = {key: value for key, value in one.values.items() if key in DIARY}
        asked = [words for key, value in content.items() if (words := implausible(plausible()[key], value))]
        content |= {"words": one.words[:_MOST_WORDS]} if one.words else {}
        found.entries.append(Coming("diary", one.at, content, "", [f"{one.at:%d %b %Y}: {w}" for w in asked]))


def _not_from_the_future(found: Arrival) -> None:
    now = timezone.now()
    late = [one for one in found.entries if one.at > now and one.kind != "foreign"]
    found.entries = sorted((one for one in found.entries if one not in late), key=lambda one: one.at)
    if late:
        found.left.append(f"{len(late)} × entry that lies in the future: not taken over")


def _known(found: Arrival, user: User) -> None:
    """Who is here already under this name and birth date, and what of it stands there already."""
    for person in people_for(user):
        alike = person.facts.get("name", "").casefold() == found.facts["name"].casefold()
        if alike and person.facts.get("born") == found.facts["born"]:
            found.known = person
            break
    if found.known is None:
        return
    found.asked.insert(
        0, f"{found.known.name} is here already, record {found.known.number}. Is it added there?"
    )
    there: dict[tuple[str, datetime], list[dict[str, Any]]] = {}
    for row in Entry.objects.filter(person=found.known, withdrawn=False, replaced_by=None):
        row.person = found.known
        there.setdefault(_moment(row.kind, row.at), []).append(row.content)
    fresh = [
        one
        for one in found.entries
        if not any(_alike(one, old) for old in there.get(_moment(one.kind, one.at), []))
    ]
    found.twice = len(found.entries) - len(fresh)
    found.entries = fresh


def _moment(kind: str, at: datetime) -> tuple[str, Any]:
    """Where to look for the same entry: history has no time of its own."""
    return kind, None if kind in ("condition", "foreign") else at.replace(microsecond=0)


def _alike(one: Coming, old: dict[str, Any]) -> bool:
    """Whether an entry says nothing that does not stand here already."""
    return same({**old, **one.content, "moment": 0}, {**old, "moment": 0})


def take_in(arrivals: list[Arrival], by: User, escalation_minutes: int) -> list[tuple[Person, int]]:
    """Write what was planned, all of it or nothing; each person with the number of entries written."""
    done = []
    with transaction.atomic():
        for one in arrivals:
            if one.problem:
                continue
            person = one.known or new_person(one.facts, virtual=one.virtual)
            visits = _visits(one, person, by)
            for entry in one.entries:
                content = entry.content | ({"questioned": entry.asked} if entry.asked else {})
                write_entry(
                    person,
                    entry.kind,
                    content,
                    by=by,
                    at=entry.at,
                    visit=visits.get(entry.visit),
                    escalation_minutes=escalation_minutes,
                )
            done.append((person, len(one.entries)))
    return done


def _visits(one: Arrival, person: Person, by: User) -> dict[str, Visit]:
    known = {visit.at.replace(microsecond=0): visit for visit in Visit.objects.filter(person=person)}
    found = {}
    for key, at, status, purpose, words in one.visits:
        visit = known.get(at.replace(microsecond=0))
        if visit is None:
            visit = Visit(person=person, at=at, status=status, made_by=by)
            visit.content = {"purpose": purpose or "other", "note": words}
            visit.save(force_insert=True)
        found[key] = visit
    return found
