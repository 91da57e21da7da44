"""FHIR resources of care beside scores and doses, each both ways: medicines taken, cautions, adverse events, notes, the
diary. Words that nothing is settled for go as text with a name of our own, never with a guessed code.
"""

import base64
import binascii
from typing import Any

from ..body.route import load_routes
from ..tables import atlas_path, read_toml
from .clinical_record import Caution, CheckIn, Happening, Medicine, Remark
from .fhir_codes import OURS, UCUM
from .fhir_values import (
    Resource,
    Strange,
    as_dict,
    as_list,
    codings_of,
    day_of,
    drug_in,
    moment_of,
    number_of,
    own_code,
    words_of,
)

TERMS = "http://terminology.hl7.org/CodeSystem/"
MOST_LETTERS = 20_000  # of a note; a longer one is kept as it came
_DIARY = {"pain": ("score", "{score}"), "sleep_hours": ("h", "h"), "energy": ("score", "{score}")}
_SEVERITIES = ("mild", "moderate", "severe")
_FLAGS = ("clinical", "drug", "safety")  # categories of Flag that are about the person's health


def category(system: str, code: str, display: str) -> list[dict[str, Any]]:
    """A category of one settled code."""
    return [{"coding": [{"system": f"{TERMS}{system}", "code": code, "display": display}]}]


def ours(space: str, key: str, text: str = "") -> dict[str, Any]:
    """A concept: our own name, where there is one, and words."""
    coding = {"coding": [{"system": f"{OURS}{space}", "code": key}]} if key else {}
    return {**coding, "text": text or key or "unknown"}


def medicine_out(one: Medicine, told: str, about: dict[str, Any]) -> dict[str, Any]:
    """MedicationStatement; `told` is the time as FHIR writes it."""
    return {
        "resourceType": "MedicationStatement",
        "status": "completed" if one.until else "active",
        "medicationCodeableConcept": ours("background", one.key, one.text),
        **about,
        "effectivePeriod": {"end": one.until.isoformat()} if one.until else None,
        "dateAsserted": told,
        "dosage": [{"text": one.dose}] if one.dose else None,
    }


def medicine_in(one: Resource) -> Medicine:
    """What a MedicationStatement says; raises Strange for what was not taken or has no words."""
    status = one.get("status")
    if status not in ("active", "completed", "stopped"):
        raise Strange(f"is {status}")
    concept, period = as_dict(one.get("medicationCodeableConcept")), as_dict(one.get("effectivePeriod"))
    text, key = words_of(concept), own_code(concept, "background")
    key = key if key in read_toml(atlas_path("interactions.toml")) else ""
    if not text and not key:
        raise Strange("has no words")
    at = moment_of(one.get("dateAsserted") or period.get("start") or one.get("effectiveDateTime"))
    until = day_of(str(period["end"])[:10]) if "end" in period else None
    if until is None and status != "active":
        raise Strange("is over, without the day it ended")
    doses = [str(as_dict(d).get("text", "")) for d in as_list(one.get("dosage"))]
    return Medicine(at, key, "" if text == key else text, "; ".join(d for d in doses if d), until)


def caution_out(one: Caution, told: str, subject: str) -> dict[str, Any]:
    """Flag; `told` is the time as FHIR writes it."""
    return {
        "resourceType": "Flag",
        "status": "active",
        "category": category("flag-category", "clinical", "Clinical"),
        "code": ours("medical", one.key, one.text),
        "subject": {"reference": subject},
        "period": {"start": told},
    }


def caution_key(code: Resource) -> str:
    """Our key of a caution, '' where it has none of ours."""
    key = own_code(code, "medical")
    return key if key in read_toml(atlas_path("medical.toml")) else ""


def is_caution(one: Resource) -> bool:
    """Whether a Flag is about somebody's health, and stands."""
    codes = [c.get("code") for each in as_list(one.get("category")) for c in codings_of(as_dict(each))]
    return one.get("status") == "active" and any(code in _FLAGS for code in codes)


def happening_out(one: Happening, told: str, about: dict[str, Any]) -> dict[str, Any]:
    """AdverseEvent. R4 has no field for what was done about it: that goes as an extension of our own."""
    seriousness = "Serious" if one.serious else "Non-serious"
    severity = category("adverse-event-severity", one.severity, one.severity.capitalize())
    return {
        "resourceType": "AdverseEvent",
        "extension": [{"url": f"{OURS}action", "valueString": one.action}] if one.action else None,
        "actuality": "actual",
        "event": {"text": one.what},
        **about,
        "date": told,
        "seriousness": category("adverse-event-seriousness", seriousness, seriousness)[0],
        "severity": severity[0] if one.severity in _SEVERITIES else None,
    }


def happening_in(one: Resource, visit: str) -> Happening:
    """What an AdverseEvent says; raises Strange for one that did not happen, or has no words."""
    what = words_of(as_dict(one.get("event")))
    if one.get("actuality") != "actual" or not what:
        raise Strange("did not happen, or has no words")
    severities = [str(c.get("code")).lower() for c in codings_of(as_dict(one.get("severity")))]
    serious = [str(c.get("code")).lower() for c in codings_of(as_dict(one.get("seriousness")))]
    more = [as_dict(e) for e in as_list(one.get("extension"))]
    action = next((str(e.get("valueString", "")) for e in more if e.get("url") == f"{OURS}action"), "")
    at = moment_of(one.get("date") or one.get("detected") or one.get("recordedDate"))
    severity = next((s for s in severities if s in _SEVERITIES), "")
    return Happening(at, what, severity, any(s.startswith("serious") for s in serious), action, visit)


def remark_out(one: Remark, told: str, subject: str, encounter: str) -> dict[str, Any]:
    """DocumentReference with the words as plain text."""
    data = base64.b64encode(one.text.encode()).decode("ascii")
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": ours("document", "note"),
        "subject": {"reference": subject},
        "date": told,
        "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}}],
        "context": {"encounter": [{"reference": encounter}]} if encounter else None,
    }


def remark_in(one: Resource, visit: str) -> Remark:
    """The words of a DocumentReference; raises Strange for what is no plain text."""
    parts = [as_dict(as_dict(c).get("attachment")) for c in as_list(one.get("content"))]
    kind = str(parts[0].get("contentType", "")) if len(parts) == 1 else ""
    if (
        one.get("status") != "current"
        or kind.partition(";")[0].strip() != "text/plain"
        or "data" not in parts[0]
    ):
        raise Strange("holds no plain text")
    try:
        text = base64.b64decode(str(parts[0]["data"]), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Strange("holds data that is no text") from None
    if not text.strip() or len(text) > MOST_LETTERS:
        raise Strange(f"has no words, or more than {MOST_LETTERS} letters")
    return Remark(moment_of(one.get("date")), text, visit)


def check_in_out(one: CheckIn, told: str, subject: str) -> dict[str, Any]:
    """Observation that the person made, one component for each quantity."""
    parts = []
    for key, (unit, ucum) in _DIARY.items():
        if key in one.values:
            value = {"value": one.values[key], "unit": unit, "system": UCUM, "code": ucum}
            parts.append({"code": ours("diary", key), "valueQuantity": value})
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": category("observation-category", "survey", "Survey"),
        "code": ours("diary", "check-in"),
        "subject": {"reference": subject},
        "effectiveDateTime": told,
        "performer": [{"reference": subject}],
        "note": [{"text": one.words}] if one.words else None,
        "component": parts,
    }


def is_check_in(one: Resource) -> bool:
    """Whether an Observation is an entry of our diary."""
    return own_code(as_dict(one.get("code")), "diary") == "check-in"


def check_in_in(one: Resource) -> CheckIn:
    """What an entry of the diary says; raises Strange for a quantity it does not have."""
    values = {}
    for part in (as_dict(p) for p in as_list(one.get("component"))):
        key = own_code(as_dict(part.get("code")), "diary")
        if key not in _DIARY:
            raise Strange("has a part that is not known")
        values[key] = number_of(as_dict(part.get("valueQuantity")).get("value"))
    return CheckIn(moment_of(one.get("effectiveDateTime")), values, note_of(one))


def note_of(one: Resource) -> str:
    """The remarks of a resource, one below the other."""
    notes = [str(as_dict(n).get("text", "")) for n in as_list(one.get("note"))]
    return "\n".join(n for n in notes if n)[:MOST_LETTERS]


def dose_drug(one: Resource) -> tuple[str, str, str]:
    """Drug of ours, name in words and lot of a MedicationAdministration, its own or those of a contained Medication."""
    concept = as_dict(one.get("medicationCodeableConcept"))
    reference = str(as_dict(one.get("medicationReference")).get("reference", ""))
    inside = [as_dict(c) for c in as_list(one.get("contained"))]
    held = next((c for c in inside if reference and f"#{c.get('id')}" == reference), {})
    concept = concept or as_dict(held.get("code"))
    text, drug = words_of(concept), own_code(concept, "drug")
    drug = drug if drug in load_routes() else drug_in(text)
    return drug, text, str(as_dict(held.get("batch")).get("lotNumber", ""))
