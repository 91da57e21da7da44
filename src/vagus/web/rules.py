"""Who may open what: one table of every address by its name. What does not stand here is closed to everybody."""

from dataclasses import dataclass

ADMINISTRATOR, CLINICIAN, STAFF = "administrator", "clinician", "staff"
PATIENT, RESEARCHER = "patient", "researcher"
ROLES = (ADMINISTRATOR, CLINICIAN, STAFF, PATIENT, RESEARCHER)
CARE = frozenset({CLINICIAN, STAFF})
ALL = frozenset(ROLES)


@dataclass(frozen=True)
class Rule:
    """Who may open an address.

    Attributes:
        roles: who; empty with `public` for everybody, account or not.
        public: no account needed.
    """

    roles: frozenset[str] = frozenset()
    public: bool = False


def _only(*roles: str) -> Rule:
    return Rule(frozenset(roles))


_PUBLIC = Rule(public=True)

RULES: dict[str, Rule] = {
    # without an account
    "home": _PUBLIC,
    "first": _PUBLIC,
    "login": _PUBLIC,
    "alive": _PUBLIC,
    "about": _PUBLIC,
    "explore": _PUBLIC,
    "explore-run": _PUBLIC,
    "explore-arrow": _PUBLIC,
    "claims": _PUBLIC,
    "claim": _PUBLIC,
    "openapi": _PUBLIC,
    "api:openapi-json": _PUBLIC,
    "api:api-root": _PUBLIC,
    # one's own account
    "logout": Rule(ALL),
    "password": Rule(ALL),
    "second-factor": Rule(ALL),
    "account": Rule(ALL),
    "factor-new": Rule(ALL),
    "factor-off": Rule(ALL),
    # the clinic
    "clinic": Rule(CARE),
    "people": Rule(CARE),
    "person-new": Rule(CARE),
    "person": Rule(CARE),
    "person-edit": Rule(CARE),
    "person-print": Rule(CARE),
    "person-pdf": Rule(CARE),
    "person-account": _only(CLINICIAN),
    "person-fhir": _only(CLINICIAN),
    "people-import": _only(CLINICIAN),
    "person-team": _only(CLINICIAN),
    "history": Rule(CARE),
    "background": Rule(CARE),
    "medical": Rule(CARE),
    "consent": Rule(CARE),
    "note": _only(CLINICIAN),
    "visit-new": Rule(CARE),
    "visit": Rule(CARE),
    "visit-status": Rule(CARE),
    "vitals": Rule(CARE),
    "dose": Rule(CARE),
    "event": Rule(CARE),
    "answer": Rule(CARE),
    "entry": Rule(CARE),
    "entry-withdraw": Rule(CARE),
    "entry-correct": Rule(CARE),
    "alerts": Rule(CARE),
    "alert": Rule(CARE),
    # the model
    "drives": _only(CLINICIAN),
    "forecast": _only(CLINICIAN),
    "forecast-print": _only(CLINICIAN),
    "forecast-pdf": _only(CLINICIAN),
    "job": _only(CLINICIAN),
    "job-state": _only(CLINICIAN),
    "job-cancel": _only(CLINICIAN),
    "trials": _only(CLINICIAN),
    "trial-new": _only(CLINICIAN),
    "trial": _only(CLINICIAN),
    "trial-file": _only(CLINICIAN),
    # a patient
    "diary": _only(PATIENT),
    "diary-new": _only(PATIENT),
    "diary-answer": _only(PATIENT),
    # research
    "research": _only(RESEARCHER),
    "research-export": _only(RESEARCHER),
    # the administrator
    "manage": _only(ADMINISTRATOR),
    "users": _only(ADMINISTRATOR),
    "user-new": _only(ADMINISTRATOR),
    "user": _only(ADMINISTRATOR),
    "clinic-settings": _only(ADMINISTRATOR),
    "audit": _only(ADMINISTRATOR),
    "notice": _only(ADMINISTRATOR),
    "retention": _only(ADMINISTRATOR),
    "erase": _only(ADMINISTRATOR),
    "erased-list": _only(ADMINISTRATOR),
    # programs
    "api:me": Rule(ALL),
    "api:instruments": Rule(ALL),
    "api:instrument": Rule(ALL),
    "api:people": Rule(CARE),
    "api:person": Rule(CARE),
    "api:scores": Rule(CARE),
    "api:score-new": Rule(CARE),
    "api:doses": Rule(CARE),
    "api:vitals": Rule(CARE),
    "api:vitals-new": Rule(CARE),
    "api:alerts": Rule(CARE),
    "api:jobs": _only(CLINICIAN),
}


def rule_of(view_name: str) -> Rule:
    """The rule of an address; nobody's for one without a rule. The admin pages are the administrator's."""
    if view_name.startswith("admin:"):
        return _only(ADMINISTRATOR)
    return RULES.get(view_name, Rule())
