"""What a clinic writes down and R4 has no field for, both ways: extensions of our own, `urn:vagus:...`.

What R4 has a place for stands there: the witness of a dose is one of its performers, the reason it was given for is its
reason code, the way a consent was given is its source, a telephone number is contact data of the Patient.
"""

from typing import Any

from .clinical_record import Administration, Agreement, Someone
from .fhir_codes import OURS, UCUM
from .fhir_values import Resource, Strange, as_dict, as_list, number_of, own_code, words_of

_MOST = 4000  # letters of one remark
_WITNESS = "witness"
_OVERRIDE = "override"


def own_out(**texts: str) -> list[dict[str, Any]]:
    """Extensions with words, one for each that is not empty."""
    return [{"url": f"{OURS}{name}", "valueString": text} for name, text in texts.items() if text]


def own_in(one: Resource, name: str) -> str:
    """The words of one of our extensions, '' where there is none."""
    return next(iter(owns_in(one, name)), "")


def owns_in(one: Resource, name: str) -> list[str]:
    """The words of each extension of ours with that name."""
    found = (as_dict(each) for each in as_list(one.get("extension")))
    texts = (each.get("valueString") for each in found if each.get("url") == f"{OURS}{name}")
    return [text[:_MOST] for text in texts if isinstance(text, str) and text]


def dose_more_out(one: Administration) -> dict[str, Any]:
    """Who saw what was thrown away, how much that was, and why it was given in spite of a gate."""
    more = own_out(gate=one.gate)
    if one.waste is not None:
        wasted = {"value": one.waste, "unit": "mg", "system": UCUM, "code": "mg"}
        more.append({"url": f"{OURS}waste", "valueQuantity": wasted})
    seen = {"function": _named(_WITNESS, "witness of the waste"), "actor": {"display": one.witness}}
    return {
        "extension": more,
        "performer": [seen] if one.witness else None,
        "reasonCode": [_named(_OVERRIDE, one.override)] if one.override else None,
    }


def dose_more_in(one: Resource) -> dict[str, Any]:
    """The same as fields of `Administration`; performers and reasons of other systems are none of these."""
    found = [as_dict(each) for each in as_list(one.get("extension"))]
    wastes = [as_dict(each.get("valueQuantity")) for each in found if each.get("url") == f"{OURS}waste"]
    if wastes and wastes[0].get("unit") != "mg":
        raise Strange("has a waste that is not in mg")
    people = [as_dict(each) for each in as_list(one.get("performer"))]
    saw = [each for each in people if own_code(as_dict(each.get("function")), "dose") == _WITNESS]
    reasons = [as_dict(each) for each in as_list(one.get("reasonCode"))]
    said = [words_of(each) for each in reasons if own_code(each, "dose") == _OVERRIDE]
    return {
        "waste": number_of(wastes[0].get("value")) if wastes else None,
        "witness": str(as_dict(saw[0].get("actor")).get("display", ""))[:_MOST] if saw else "",
        "override": said[0][:_MOST] if said else "",
        "gate": own_in(one, "gate"),
    }


def consent_more_out(one: Agreement) -> dict[str, Any]:
    """How a consent was given and who saw it."""
    return {
        "extension": own_out(witness=one.witness),
        "sourceAttachment": {"title": one.way} if one.way else None,
    }


def consent_more_in(one: Resource) -> dict[str, str]:
    """The same as fields of `Agreement`."""
    title = as_dict(one.get("sourceAttachment")).get("title")
    return {"way": title[:_MOST] if isinstance(title, str) else "", "witness": own_in(one, "witness")}


def contact_out(one: Someone) -> list[dict[str, str]] | None:
    """Telephone and address in the words of the clinic."""
    return [{"system": "other", "value": one.contact}] if one.contact else None


def contact_in(patient: Resource) -> str:
    """Every telephone number and address of a Patient, in words."""
    telecoms = [as_dict(each) for each in as_list(patient.get("telecom"))]
    found = [str(each["value"]) for each in telecoms if isinstance(each.get("value"), str)]
    for place in (as_dict(each) for each in as_list(patient.get("address"))):
        lines = [
            *as_list(place.get("line")),
            place.get("postalCode"),
            place.get("city"),
            place.get("country"),
        ]
        whole = place.get("text") or ", ".join(str(part) for part in lines if part)
        found += [str(whole)] if whole else []
    return "; ".join(dict.fromkeys(found))[:_MOST]


def known_mark() -> dict[str, Any]:
    """The category of a weight or height that is known of a person and was not measured at a visit."""
    return _named("known", "as known of the person", "person")


def is_known(one: Resource) -> bool:
    """Whether an Observation carries that mark."""
    return any(own_code(as_dict(each), "person") == "known" for each in as_list(one.get("category")))


def _named(key: str, text: str, space: str = "dose") -> dict[str, Any]:
    return {"coding": [{"system": f"{OURS}{space}", "code": key}], "text": text}
