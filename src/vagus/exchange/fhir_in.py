"""FHIR R4 bundles in: one clinical record for each Patient. What is not understood is kept as it came, and told.

Bundles of other systems (Synthea, an EHR's export) are read by their LOINC codes, by names of drugs and illnesses in
words, and by our own codes where we wrote them.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import fail
from ..tables import atlas_names
from .clinical_record import (
    Administration,
    Agreement,
    Appointment,
    Caution,
    ClinicalRecord,
    Diagnosis,
    Paper,
    Rating,
    Someone,
    Vital,
)
from .fhir_care import (
    caution_key,
    check_in_in,
    dose_drug,
    happening_in,
    is_caution,
    is_check_in,
    medicine_in,
    note_of,
    remark_in,
)
from .fhir_codes import OURS
from .fhir_own import consent_more_in, contact_in, dose_more_in, is_known, own_in, owns_in
from .fhir_values import (
    Strange,
    as_dict,
    as_list,
    condition_in,
    day_of,
    item_of,
    mark_of,
    moment_of,
    own_code,
    quantity_of,
    reading_of,
    route_in,
    words_of,
)
from .json_text import parse_json, read_json

Resource = Mapping[str, Any]
MOST_ENTRIES = 200_000
_STATUS = {"planned": "planned", "arrived": "open", "triaged": "open", "in-progress": "open", "onleave": "open",
           "finished": "closed", "cancelled": "missed"}  # fmt: skip


def read_fhir(path: str | Path) -> tuple[ClinicalRecord, ...]:
    """The records of a bundle in a JSON file; raises what `records_of` raises, and V101-V105."""
    return records_of(read_json(path, "V645"), str(path))


def records_of_text(text: str, file: str = "the bundle") -> tuple[ClinicalRecord, ...]:
    """The records of a bundle as text, such as one a browser sent; raises V645."""
    return records_of(parse_json(text, file, "V645"), file)


def records_of(bundle: Any, file: str = "the bundle") -> tuple[ClinicalRecord, ...]:
    """The records of a bundle, one for each Patient in it.

    Args:
        bundle: parsed JSON.
        file: its name for errors.

    Raises:
        VagusError: V645 no bundle, no Patient, too many entries, or resources whose person cannot be told.
    """
    entries = _entries(bundle, file)
    people = [(url, one) for url, one in entries if one["resourceType"] == "Patient"]
    if not people:
        raise fail("V645", reason="it has no Patient", file=file)
    owners: dict[str, list[tuple[str, Resource]]] = {}
    names: dict[str, str] = {}
    for nth, (url, one) in enumerate(people):
        for name in (url, f"Patient/{one['id']}" if isinstance(one.get("id"), str) else ""):
            if name and names.setdefault(name, str(nth)) != str(nth):
                raise fail("V645", reason=f"two Patients are called {name}", file=file)
    for url, one in entries:
        if one["resourceType"] == "Patient":
            continue
        owner = _owner(one, names, only="0" if len(people) == 1 else None)
        if owner is None:
            told = f"{one['resourceType']} {url or one.get('id', '')}"
            raise fail("V645", reason=f"nothing tells which of the Patients {told} belongs to", file=file)
        owners.setdefault(owner, []).append((url, one))
    return tuple(_Reader(url, one).record(owners.get(str(nth), [])) for nth, (url, one) in enumerate(people))


def _entries(bundle: Any, file: str) -> list[tuple[str, Resource]]:
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise fail("V645", reason="it is no Bundle", file=file)
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise fail("V645", reason=f"it has no list of at most {MOST_ENTRIES} entries", file=file)
    found: list[tuple[str, Resource]] = []
    for nth, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise fail("V645", reason=f"entry {nth} holds no resource", file=file)
        url = entry.get("fullUrl", "")
        found.append((url if isinstance(url, str) else "", resource))
    return found


def _owner(one: Resource, names: Mapping[str, str], only: str | None) -> str | None:
    """Which Patient a resource is about; everything is about the only one."""
    if only is not None:
        return only
    for key in ("subject", "patient"):
        if (owner := _named(one.get(key), names)) is not None:
            return owner
    found = {_named(target, names) for target in as_list(one.get("target"))} - {None}
    return found.pop() if len(found) == 1 else None


def _named(reference: Any, names: Mapping[str, str]) -> str | None:
    """Which Patient a reference names; None where it is no reference or names nobody of this bundle."""
    name = as_dict(reference).get("reference")
    return names.get(name) if isinstance(name, str) else None


class _Reader:
    """One person's resources."""

    def __init__(self, url: str, patient: Resource) -> None:
        self.found: dict[str, list[Any]] = {}
        self.kept: list[Mapping[str, Any]] = []
        self.reasons: Counter[str] = Counter()
        self.visits: dict[str, str] = {}
        self.answers: dict[str, tuple[Resource, Rating]] = {}
        self.someone = self._someone(url, patient)

    def record(self, entries: Sequence[tuple[str, Resource]]) -> ClinicalRecord:
        order = {"Encounter": 0, "QuestionnaireResponse": 1}
        readers = {
            "Encounter": self._visit, "QuestionnaireResponse": self._answered, "Observation": self._observation,
            "MedicationAdministration": self._dose, "Condition": self._diagnosis, "Consent": self._agreement,
            "DiagnosticReport": self._paper, "Provenance": self._provenance,
            "MedicationStatement": self._medicine, "Flag": self._caution, "AdverseEvent": self._happening,
            "DocumentReference": self._remark,
        }  # fmt: skip
        for url, one in sorted(entries, key=lambda entry: order.get(entry[1]["resourceType"], 2)):
            kind = one["resourceType"]
            try:
                if kind not in readers:
                    raise Strange("is not read")
                readers[kind](url, one)
            except Strange as reason:
                self._keep(url, one, f"{kind} {reason}")
        for _, rating in self.answers.values():  # answers nobody derived a total from
            self._found("ratings", rating)
        notes = [f"{count} {reason}; kept as it came" for reason, count in sorted(self.reasons.items())]
        parts = {name: tuple(rows) for name, rows in self.found.items()}
        return ClinicalRecord(self.someone, **parts, kept=tuple(self.kept), notes=tuple(notes))

    def _found(self, name: str, one: Any) -> None:
        self.found.setdefault(name, []).append(one)

    def _keep(self, url: str, one: Resource, reason: str) -> None:
        self.kept.append({"fullUrl": url, "resource": one} if url else {"resource": one})
        self.reasons[reason] += 1

    def _someone(self, url: str, one: Resource) -> Someone:
        identifiers = [i for i in as_list(one.get("identifier")) if isinstance(i, dict)]
        own = [i for i in identifiers if i.get("system") == f"{OURS}person"]
        key = str((own or [{}])[0].get("value") or one.get("id") or url)
        names = [n for n in as_list(one.get("name")) if isinstance(n, dict)]
        name = ""
        if names:
            parts = [*map(str, as_list(names[0].get("given"))), str(names[0].get("family", ""))]
            name = str(names[0].get("text") or " ".join(parts).strip())
        sex = one.get("gender") if one.get("gender") in ("female", "male") else ""
        tags = one.get("meta", {}).get("tag") if isinstance(one.get("meta"), dict) else None
        virtual = any(isinstance(tag, dict) and tag.get("code") == "HTEST" for tag in as_list(tags))
        born: date | None = None
        try:
            born = day_of(one.get("birthDate")) if "birthDate" in one else None
        except Strange:
            self.reasons["Patient has a birth date that is none"] += 1
        return Someone(key, name, born, str(sex), virtual, contact_in(one))

    def _visit(self, url: str, one: Resource) -> None:
        period = as_dict(one.get("period"))
        at = moment_of(period.get("start"))
        end = moment_of(period["end"]) if "end" in period else None
        own = [i for i in as_list(one.get("identifier")) if as_dict(i).get("system") == f"{OURS}visit"]
        key = str(own[0].get("value") if own else one.get("id") or url)
        status = _STATUS.get(str(one.get("status")), "")
        if not status:
            raise Strange(f"has the status '{one.get('status')}'")
        reasons = [words_of(as_dict(r)) for r in [*as_list(one.get("reasonCode")), *as_list(one.get("type"))]]
        purpose = next((r for r in reasons if r), "")
        self._found("visits", Appointment(key, at, end, status, purpose, own_in(one, "note")))
        for name in (url, f"Encounter/{one.get('id')}"):
            self.visits[name] = key

    def _visit_of(self, one: Resource, word: str = "encounter") -> str:
        return self.visits.get(str(as_dict(one.get(word)).get("reference")), "")

    def _answered(self, url: str, one: Resource) -> None:
        if one.get("status") not in ("completed", "amended"):
            raise Strange(f"is {one.get('status')}")
        name = str(one.get("questionnaire", ""))
        answers: dict[int, float] = {}
        keys = {name.removeprefix(f"{OURS}instrument:")} if name.startswith(OURS) else set()
        for item in as_list(one.get("item")):
            number, key = item_of(as_dict(item))
            answers[number] = mark_of(as_dict(item))
            keys |= {key} if key else set()
        if len(keys) != 1 or not answers:
            raise Strange("is of a questionnaire that is not known")
        at, visit, by = moment_of(one.get("authored")), self._visit_of(one), own_in(one, "by")
        rating = Rating(at, keys.pop(), None, answers, visit, by=by)
        self.answers[url or f"QuestionnaireResponse/{one.get('id')}"] = (one, rating)

    def _observation(self, url: str, one: Resource) -> None:
        if one.get("status") not in ("final", "amended", "corrected"):
            raise Strange(f"is {one.get('status')}")
        if is_check_in(one):
            self._found("diary", check_in_in(one))
            return
        at, visit = moment_of(one.get("effectiveDateTime")), self._visit_of(one)
        parts = [as_dict(p) for p in as_list(one.get("component"))]
        rows = [reading_of(part, at, visit) for part in parts] if parts else [reading_of(one, at, visit)]
        derived = [str(as_dict(d).get("reference")) for d in as_list(one.get("derivedFrom"))]
        rows[0] = replace(rows[0], note=note_of(one))
        for row in rows:
            if isinstance(row, Vital):
                self._vital(one, row)
                continue
            source = next((self.answers.pop(d) for d in derived if d in self.answers), None)
            answers = source[1].answers if source and source[1].instrument == row.instrument else {}
            self._found("ratings", replace(row, answers=answers, by=own_in(one, "by")))

    def _vital(self, one: Resource, row: Vital) -> None:
        if not is_known(one):
            self._found("vitals", replace(row, moment=own_in(one, "moment")))
        elif (row.key, row.unit) == ("weight", "kg"):
            self.someone = replace(self.someone, weight=row.value, told=row.at)
        elif (row.key, row.unit) == ("height", "cm"):
            self.someone = replace(self.someone, height=row.value, told=row.at)
        else:
            raise Strange("is a fact of the person that is not known")

    def _dose(self, url: str, one: Resource) -> None:
        if one.get("status") != "completed":
            raise Strange(f"is {one.get('status')}")
        period = as_dict(one.get("effectivePeriod"))
        at = moment_of(period.get("start") or one.get("effectiveDateTime"))
        minutes = (moment_of(period["end"]) - at).total_seconds() / 60.0 if "end" in period else 0.0
        if minutes < 0:
            raise Strange("ends before it begins")
        drug, text, lot = dose_drug(one)
        dosage = as_dict(one.get("dosage"))
        way = own_code(as_dict(dosage.get("route")), "route") or route_in(
            words_of(as_dict(dosage.get("route")))
        )
        amount, unit = None, "mg"
        if "dose" in dosage:
            amount, unit = quantity_of(as_dict(dosage["dose"]))
        visit = self._visit_of(one, "context") or self._visit_of(one)
        plain = "" if text == drug else text
        note, more = note_of(one), dose_more_in(one)
        given = Administration(at, drug, way, amount, unit, minutes, plain, visit, note, lot, **more)
        self._found("doses", given)

    def _diagnosis(self, url: str, one: Resource) -> None:
        code = as_dict(one.get("code"))
        text, key = words_of(code), own_code(code, "condition")
        if not text and not key:
            raise Strange("has no words")
        key = key if key in atlas_names("conditions") else condition_in(text)
        since = day_of(one["onsetDateTime"][:10]) if isinstance(one.get("onsetDateTime"), str) else None
        status = [
            str(as_dict(c).get("code")) for c in as_list(as_dict(one.get("clinicalStatus")).get("coding"))
        ]
        over = any(s in ("inactive", "remission", "resolved") for s in status) or "abatementDateTime" in one
        self._found("diagnoses", Diagnosis(key, "" if text == key else text, since, over))

    def _agreement(self, url: str, one: Resource) -> None:
        what = next((w for c in as_list(one.get("category")) if (w := own_code(as_dict(c), "consent"))), "")
        kind = as_dict(one.get("provision")).get("type")
        if not what or one.get("status") not in ("active", "rejected"):
            raise Strange("is of a kind that is not known")
        given = one.get("status") == "active" and kind != "deny"
        at, more = moment_of(one.get("dateTime")), consent_more_in(one)
        self._found("agreements", Agreement(what, given, at, **more))

    def _paper(self, url: str, one: Resource) -> None:
        at = moment_of(one.get("effectiveDateTime") or one.get("issued"))
        forms = [as_dict(f) for f in as_list(one.get("presentedForm"))]
        if len(forms) > 1:
            raise Strange("has several forms")
        form = forms[0] if forms else {}
        title = str(form.get("title") or words_of(as_dict(one.get("code"))))
        try:
            content = base64.b64decode(str(form.get("data", "")), validate=True)
        except (binascii.Error, ValueError):
            raise Strange("holds data that is not base64") from None
        kind = str(form.get("contentType", "application/pdf"))
        self._found("papers", Paper(title, at, content, kind, str(one.get("conclusion", ""))))

    def _medicine(self, url: str, one: Resource) -> None:
        self._found("medicines", medicine_in(one))

    def _caution(self, url: str, one: Resource) -> None:
        code = as_dict(one.get("code"))
        text, key = words_of(code), caution_key(code)
        if not is_caution(one) or not (text or key):
            raise Strange("is no caution that stands")
        at = moment_of(as_dict(one.get("period")).get("start"))
        self._found("cautions", Caution(at, key, "" if text == key else text))

    def _happening(self, url: str, one: Resource) -> None:
        self._found("happenings", happening_in(one, self._visit_of(one)))

    def _remark(self, url: str, one: Resource) -> None:
        encounters = as_list(as_dict(one.get("context")).get("encounter"))
        visit = self._visit_of({"encounter": encounters[0]}) if len(encounters) == 1 else ""
        self._found("remarks", remark_in(one, visit))

    def _provenance(self, url: str, one: Resource) -> None:
        """Ours says nothing that is not written anew; that of others is kept."""
        agents = [str(as_dict(as_dict(a).get("who")).get("display", "")) for a in as_list(one.get("agent"))]
        if not any(agent.startswith("vagus ") for agent in agents):
            raise Strange("is of another system")
        for words in owns_in(one, "left"):
            self._found("left", words)
