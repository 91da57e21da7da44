"""The kinds of entries: what each is called and which fields it has, in the order they are shown and exported."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of entry.

    Attributes:
        label: what people call it.
        fields: keys of the content, in order.
        free: fields of free words: never exported for research.
        names: fields that name a person: never exported for research either.
    """

    label: str
    fields: tuple[str, ...]
    free: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "score": Kind("Score", ("instrument", "total", "answers", "by", "note"), ("note",)),
    "vitals": Kind(
        "Vital signs",
        (
            "moment",
            "systolic",
            "diastolic",
            "heart_rate",
            "oxygen",
            "temperature",
            "weight",
            "cadss",
            "note",
        ),
        ("note",),
    ),
    "dose": Kind(
        "Dose",
        (
            "drug",
            "route",
            "amount",
            "unit",
            "minutes",
            "lot",
            "waste",
            "witness",
            "override",
            "note",
        ),
        ("override", "note"),
        ("witness", "lot"),
    ),
    "event": Kind("Event", ("what", "severity", "serious", "action"), ("what", "action")),
    "condition": Kind("Condition", ("key", "words", "since"), ("words",)),
    "background": Kind("Medicine taken", ("key", "words", "amount", "until"), ("words", "amount")),
    "medical": Kind("Contraindication or caution", ("key", "words"), ("words",)),
    "consent": Kind("Consent", ("what", "given", "way", "witness"), ("way",), ("witness",)),
    "note": Kind("Note", ("text",), ("text",)),
    "diary": Kind("Diary", ("pain", "sleep_hours", "energy", "words"), ("words",)),
    "foreign": Kind("Kept as it came", ("resources",), ("resources",)),  # of other systems, not understood
}
CONSENTS = {
    "treatment": "Treatment",
    "record": "Keeping this record",
    "research": "De-identified use for research",
    "contact": "Being contacted between visits",
}
MOMENTS = {
    "before": "Before the dose",
    "minutes_40": "40 minutes after",
    "discharge": "At discharge",
    "other": "Another time",
}
SEVERITIES = {"mild": "Mild", "moderate": "Moderate", "severe": "Severe"}
