"""A clinical record as a FHIR R4 (4.0.1) bundle of type collection."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..body.run import package_version
from ..errors import fail
from .clinical_record import (
    Administration,
    Agreement,
    Appointment,
    ClinicalRecord,
    Diagnosis,
    Paper,
    Rating,
    Vital,
)
from .fhir_care import (
    TERMS,
    category,
    caution_out,
    check_in_out,
    happening_out,
    medicine_out,
    ours,
    remark_out,
)
from .fhir_codes import LOINC, OURS, UCUM, code_of, units
from .fhir_own import consent_more_out, contact_out, dose_more_out, known_mark, own_out

Resource = dict[str, Any]
_SPACE = uuid.UUID(
    "6f0c1f5e-5f43-5a0e-9d1b-4a1d0c0b7a11"
)  # of our own, so that the same record gives the same ids
_ENCOUNTER = {"planned": "planned", "open": "in-progress", "closed": "finished", "missed": "cancelled"}
_PRESSURE = ("systolic", "diastolic")


def fhir_bundle(record: ClinicalRecord, at: datetime | None = None) -> Resource:
    """The bundle of one person, ready for `json.dumps`; the same record gives the same bundle.

    Args:
        record: what is known.
        at: time of making, for Bundle and Provenance; the latest time of the record when None.

    Raises:
        VagusError: V646 a time without a zone or a number that is none.
    """
    return _Writer(record, at).bundle()


class _Writer:
    """One bundle in the making."""

    def __init__(self, record: ClinicalRecord, at: datetime | None) -> None:
        self.record = record
        self.entries: list[tuple[str, Resource]] = []
        self.someone = self._address("Patient", record.someone.key)
        self.visits = {one.key: self._address("Encounter", one.key) for one in record.visits}
        known = [one.at for rows in (record.visits, record.ratings, record.vitals, record.doses,
                 record.agreements, record.papers, record.medicines, record.cautions, record.happenings,
                 record.remarks, record.diary) for one in rows]  # fmt: skip
        self.at = at or max(known, key=_moment, default=datetime(1970, 1, 1, tzinfo=UTC))

    def bundle(self) -> Resource:
        record = self.record
        self._patient()
        self._known()
        for visit in record.visits:
            self._visit(visit)
        for nth, rating in enumerate(record.ratings):
            self._rating(nth, rating)
        self._vitals(record.vitals)
        for nth, dose in enumerate(record.doses):
            self._dose(nth, dose)
        for nth, diagnosis in enumerate(record.diagnoses):
            self._diagnosis(nth, diagnosis)
        for nth, agreement in enumerate(record.agreements):
            self._agreement(nth, agreement)
        for nth, paper in enumerate(record.papers):
            self._paper(nth, paper)
        self._care()
        self._provenance()
        for kept in record.kept:
            if "resource" in kept:  # of another format it means nothing here
                self.entries.append((str(kept.get("fullUrl", "")), dict(kept["resource"])))
        entries = [
            {"fullUrl": url, "resource": one} if url else {"resource": one} for url, one in self.entries
        ]
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": _instant(self.at),
            "entry": entries,
        }

    def _address(self, kind: str, *words: object) -> str:
        text = "\0".join([kind, self.record.someone.key, *map(str, words)])
        return f"urn:uuid:{uuid.uuid5(_SPACE, text)}"

    def _add(self, address: str, resource: Resource) -> None:
        resource = {key: value for key, value in resource.items() if value not in (None, "", [], {})}
        kind = resource.pop("resourceType")
        self.entries.append((address, {"resourceType": kind, "id": address.rpartition(":")[2], **resource}))

    def _about(self, visit: str, word: str = "encounter") -> Resource:
        about: Resource = {"subject": {"reference": self.someone}}
        if visit in self.visits:
            about[word] = {"reference": self.visits[visit]}
        return about

    def _patient(self) -> None:
        one = self.record.someone
        tag = {"system": f"{TERMS}v3-ActReason", "code": "HTEST", "display": "test health data"}
        self._add(
            self.someone,
            {
                "resourceType": "Patient",
                "meta": {"tag": [tag]} if one.virtual else None,
                "identifier": [{"system": f"{OURS}person", "value": one.key}],
                "name": [{"text": one.name}] if one.name else None,
                "gender": one.sex or "unknown",
                "birthDate": one.born.isoformat() if one.born else None,
                "telecom": contact_out(one),
            },
        )

    def _known(self) -> None:
        """Weight and height that are known of the person, beside those of visits."""
        one = self.record.someone
        for key, value, unit in (("weight", one.weight, "kg"), ("height", one.height, "cm")):
            if value is not None:
                vital = Vital(one.told or self.at, key, value, unit)
                head = {"code": _concept("vital", key, "vital"), "valueQuantity": _quantity(vital)}
                self._observation(f"known {key}", vital, head, "vital-signs", known_mark())

    def _visit(self, one: Appointment) -> None:
        if one.status not in _ENCOUNTER:
            raise fail(
                "V646", reason=f"a visit cannot be '{one.status}'", hint=f"choose {', '.join(_ENCOUNTER)}"
            )
        end = _instant(one.end) if one.end else None
        self._add(
            self.visits[one.key],
            {
                "resourceType": "Encounter",
                "extension": own_out(note=one.note),
                "identifier": [{"system": f"{OURS}visit", "value": one.key}],
                "status": _ENCOUNTER[one.status],
                "class": {"system": f"{TERMS}v3-ActCode", "code": "AMB", "display": "ambulatory"},
                "subject": {"reference": self.someone},
                "period": {"start": _instant(one.at), **({"end": end} if end else {})},
                "reasonCode": [{"text": one.purpose}] if one.purpose else None,
            },
        )

    def _rating(self, nth: int, one: Rating) -> None:
        derived = None
        if one.answers:
            derived = self._address("QuestionnaireResponse", nth)
            items = [self._answer(one.instrument, item, mark) for item, mark in sorted(one.answers.items())]
            self._add(
                derived,
                {
                    "resourceType": "QuestionnaireResponse",
                    "extension": own_out(by=one.by if one.total is None else ""),
                    "questionnaire": f"{OURS}instrument:{one.instrument}",
                    "status": "completed",
                    **self._about(one.visit),
                    "authored": _instant(one.at),
                    "item": items,
                },
            )
        if one.total is None:
            return
        value = {"value": _number(one.total), "unit": "score", "system": UCUM, "code": "{score}"}
        self._add(
            self._address("Observation", "rating", nth),
            {
                "resourceType": "Observation",
                "extension": own_out(by=one.by),
                "status": "final",
                "category": category("observation-category", "survey", "Survey"),
                "code": _concept("total", one.instrument, "instrument"),
                **self._about(one.visit),
                "effectiveDateTime": _instant(one.at),
                "valueQuantity": value,
                "note": _notes(one.note),
                "derivedFrom": [{"reference": derived}] if derived else None,
            },
        )

    @staticmethod
    def _answer(instrument: str, item: int, mark: float) -> Resource:
        code = code_of("item", instrument, item)
        answer = {"valueInteger": int(mark)} if mark == int(mark) else {"valueDecimal": _number(mark)}
        return {"linkId": f"/{code.code}" if code else str(item), "answer": [answer]}

    def _vitals(self, rows: Sequence[Vital]) -> None:
        """Pressures of one moment stand in one panel, as R4 wants it."""
        pairs: dict[tuple[datetime, str, str], dict[str, tuple[int, Vital]]] = {}
        for nth, one in enumerate(rows):
            place = (one.at, one.visit, one.moment)
            if one.key in _PRESSURE and one.key not in pairs.get(place, {}):
                pairs.setdefault(place, {})[one.key] = (nth, one)
            else:
                self._vital(nth, one)
        for pair in pairs.values():
            nth, first = next(iter(pair.values()))
            parts = [
                {"code": _concept("vital", key, "vital"), "valueQuantity": _quantity(pair[key][1])}
                for key in _PRESSURE
                if key in pair
            ]
            head: Resource = {"code": _concept("panel", "pressure", "vital"), "component": parts}
            head["note"] = _notes(*(pair[key][1].note for key in _PRESSURE if key in pair))
            self._observation(nth, first, head, "vital-signs")

    def _vital(self, nth: int, one: Vital) -> None:
        known = code_of("vital", one.key) is not None
        head: Resource = {"code": _concept("vital", one.key, "vital"), "valueQuantity": _quantity(one)}
        head["note"] = _notes(one.note)
        self._observation(nth, one, head, "vital-signs" if known else "laboratory")

    def _observation(self, nth: int | str, one: Vital, head: Resource, kind: str, *more: Resource) -> None:
        names = {"vital-signs": "Vital Signs", "laboratory": "Laboratory"}
        self._add(
            self._address("Observation", "vital", nth),
            {
                "resourceType": "Observation",
                "extension": own_out(moment=one.moment),
                "status": "final",
                "category": [*category("observation-category", kind, names[kind]), *more],
                "code": head.pop("code"),
                **self._about(one.visit),
                "effectiveDateTime": _instant(one.at),
                **head,
            },
        )

    def _dose(self, nth: int, one: Administration) -> None:
        dosage: Resource = {}
        if one.route:
            dosage["route"] = ours("route", one.route)
        if one.amount is not None:
            code = {"system": UCUM, "code": one.unit} if one.unit in units() else {}
            dosage["dose"] = {"value": _number(one.amount), "unit": one.unit, **code}
        when: Resource = {"effectiveDateTime": _instant(one.at)}
        if one.minutes > 0:
            end = one.at + timedelta(minutes=one.minutes)
            when = {"effectivePeriod": {"start": _instant(one.at), "end": _instant(end)}}
        drug = ours("drug", one.drug, one.text)
        what: Resource = {"medicationCodeableConcept": drug}
        if one.lot:  # a lot is of the medicine, so that stands inside
            batch = {"lotNumber": one.lot}
            held = {"resourceType": "Medication", "id": "given", "code": drug, "batch": batch}
            what = {
                "contained": [held],
                "medicationReference": {"reference": "#given", "display": drug["text"]},
            }
        self._add(
            self._address("MedicationAdministration", nth),
            {
                "resourceType": "MedicationAdministration",
                "status": "completed",
                **what,
                **self._about(one.visit, "context"),
                **when,
                "note": _notes(one.note),
                "dosage": dosage,
                **dose_more_out(one),
            },
        )

    def _diagnosis(self, nth: int, one: Diagnosis) -> None:
        code = ours("condition", one.key) if one.key else {}
        status = {"system": f"{TERMS}condition-clinical", "code": "inactive" if one.over else "active"}
        self._add(
            self._address("Condition", nth),
            {
                "resourceType": "Condition",
                "clinicalStatus": {"coding": [status]},
                "code": {**code, "text": one.text or one.key or "unknown"},
                "subject": {"reference": self.someone},
                "onsetDateTime": one.since.isoformat() if one.since else None,
            },
        )

    def _agreement(self, nth: int, one: Agreement) -> None:
        scopes = {"treatment": "treatment", "research": "research"}
        scope = scopes.get(one.what, "patient-privacy")
        self._add(
            self._address("Consent", nth),
            {
                "resourceType": "Consent",
                "status": "active" if one.given else "rejected",
                "scope": {"coding": [{"system": f"{TERMS}consentscope", "code": scope}]},
                "category": [ours("consent", one.what)],
                "patient": {"reference": self.someone},
                "dateTime": _instant(one.at),
                "policyRule": {"text": "as signed in the clinic"},
                **consent_more_out(one),
                "provision": {"type": "permit" if one.given else "deny"},
            },
        )

    def _paper(self, nth: int, one: Paper) -> None:
        form = {"contentType": one.kind, "title": one.title}
        if one.content:
            form["data"] = base64.b64encode(one.content).decode("ascii")
        self._add(
            self._address("DiagnosticReport", nth),
            {
                "resourceType": "DiagnosticReport",
                "status": "final",
                "code": {"text": one.title or "report"},
                "subject": {"reference": self.someone},
                "effectiveDateTime": _instant(one.at),
                "conclusion": one.conclusion,
                "presentedForm": [form],
            },
        )

    def _care(self) -> None:
        """Medicines, cautions, events, notes and the diary."""
        record = self.record
        for nth, medicine in enumerate(record.medicines):
            resource = medicine_out(medicine, _instant(medicine.at), self._about(""))
            self._add(self._address("MedicationStatement", nth), resource)
        for nth, caution in enumerate(record.cautions):
            self._add(self._address("Flag", nth), caution_out(caution, _instant(caution.at), self.someone))
        for nth, event in enumerate(record.happenings):
            resource = happening_out(event, _instant(event.at), self._about(event.visit))
            self._add(self._address("AdverseEvent", nth), resource)
        for nth, remark in enumerate(record.remarks):
            encounter = self.visits.get(remark.visit, "")
            resource = remark_out(remark, _instant(remark.at), self.someone, encounter)
            self._add(self._address("DocumentReference", nth), resource)
        for nth, entry in enumerate(record.diary):
            resource = check_in_out(entry, _instant(entry.at), self.someone)
            self._add(self._address("Observation", "diary", nth), resource)

    def _provenance(self) -> None:
        targets = [{"reference": address} for address, _ in self.entries]
        maker = {"display": f"vagus {package_version()}"}
        self._add(
            self._address("Provenance"),
            {
                "resourceType": "Provenance",
                "extension": [one for words in self.record.left for one in own_out(left=words)],
                "target": targets,
                "recorded": _instant(self.at),
                "activity": {"text": "written from a clinical record"},
                "agent": [{"who": maker}],
            },
        )


def _concept(kind: str, key: str, space: str) -> Resource:
    """A LOINC code where it is settled, and always our own name."""
    found = code_of(kind, key)
    coding: list[Mapping[str, str]] = []
    if found is not None:
        coding.append({"system": LOINC, "code": found.code, "display": found.display})
    coding.append({"system": f"{OURS}{space}", "code": key})
    return {"coding": coding, "text": found.display if found else key}


def _quantity(one: Vital) -> Resource:
    found = code_of("vital", one.key)
    plain = {"value": _number(one.value), "unit": one.unit}
    if found is not None and found.unit == one.unit:
        return {**plain, "system": UCUM, "code": found.ucum}
    return plain


def _notes(*texts: str) -> list[Resource]:
    return [{"text": text} for text in dict.fromkeys(texts) if text]


def _moment(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise fail("V646", reason=f"the time {at.isoformat()} has no time zone")
    return at


def _instant(at: datetime) -> str:
    return _moment(at).isoformat(timespec="milliseconds")


def _number(value: float) -> float | int:
    """A decimal as FHIR wants it; raises V646 for what is no number."""
    if not abs(value) < 1e18:
        raise fail("V646", reason=f"{value} is not a number")
    return int(value) if value == int(value) else value
