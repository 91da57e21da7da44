"""Every address as every role and as nobody: the table of rules is what is really done."""

from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from vagus.web.record.models import Alert, Job
from vagus.web.rules import RULES, rule_of
from vagus.web.work.queue import ask

from .conftest import ROLES
from .world import score_for, visit_for

EMPTY = ("forecast-print", "forecast-pdf", "api:api-root")  # nothing was computed yet; no page of its own


def names_of(patterns: list[Any], space: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found += names_of(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.append(space + pattern.name)
    return found


def all_names() -> list[str]:
    return [name for name in names_of(get_resolver().url_patterns) if not name.startswith("admin:")]


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    assert set(all_names()) == set(RULES)


def test_an_address_without_a_rule_is_nobodys() -> None:
    assert not rule_of("forgotten").roles and not rule_of("forgotten").public


@pytest.fixture
def targets(people: dict[str, Any], accounts: dict[str, Any]) -> dict[str, str]:
    """An address of every name, about the person the patient's account belongs to."""
    own, nurse = people["own"], accounts["staff"]
    score = score_for(own, nurse, [0, 0, 0, 0, 0, 0, 0, 0, 2])
    alert = Alert.objects.get(entry=score)
    visit = visit_for(own, nurse)
    job: Job = ask("forecast", {"plans": [], "weeks": 4, "seed": 1}, accounts["clinician"], own)
    trial = ask("trial", {"title": "t", "toml": "", "people": 20, "seed": 1}, accounts["clinician"])
    known = {
        "person": own.pk,
        "visit": visit.pk,
        "entry": score.pk,
        "alert": alert.pk,
        "job": job.pk,
        "user": accounts["staff"].pk,
        "scale": "phq9",
        "giver": "immune",
        "receiver": "kynurenine",
        "claim": "C01",
        "key": "phq9",
    }
    found = {}
    for name in all_names():
        if name in ("trial", "trial-file"):
            found[name] = reverse(name, args=[trial.pk])
            continue
        needed = next(
            list(pattern.reverse_dict.getlist(name.partition(":")[2] or name)[0][0][0][1])
            for pattern in _resolvers(get_resolver())
            if (name.partition(":")[2] or name) in pattern.reverse_dict
            and (pattern.namespace or "") == name.rpartition(":")[0]
        )
        found[name] = reverse(name, kwargs={key: known[key] for key in needed if key in known})
    return found


def _resolvers(root: URLResolver) -> list[URLResolver]:
    inner = [one for one in root.url_patterns if isinstance(one, URLResolver)]
    return [root, *(each for one in inner for each in _resolvers(one))]


def test_every_address_as_everybody(targets: dict[str, str], signed_in: Any) -> None:
    wrong = []
    for role in ("nobody", *ROLES):
        for name, address in sorted(targets.items()):
            if name in ("logout",):
                continue
            rule = rule_of(name)
            response = signed_in(role).get(address)
            status = response.status_code
            allowed = rule.public or role in rule.roles
            program = address.startswith("/api/")
            if allowed:
                good = status in (200, 302, 405) or (name in EMPTY and status == 404)
                good = good and (name == "first" or "/login" not in response.headers.get("Location", ""))
            elif role == "nobody":
                good = status == (401 if program else 302)
                good = good and (program or "/login" in response.headers["Location"])
            else:
                good = status == 403
            if not good:
                wrong.append((role, name, status))
    assert not wrong, "\n".join(map(str, wrong))


def test_another_persons_addresses_are_not_there(
    targets: dict[str, str], people: dict[str, Any], accounts: dict[str, Any], signed_in: Any
) -> None:
    """Clinicians and staff who are not on the team get the same answer as for somebody who does not exist."""
    secret = people["secret"]
    entry = score_for(secret, None, [1] * 9)
    ids = {
        str(people["own"].pk): str(secret.pk),
        targets["visit"].split("/")[2]: str(visit_for(secret, None).pk),
        targets["entry"].split("/")[2]: str(entry.pk),
        targets["alert"].split("/")[2]: str(Alert.objects.get(entry=entry).pk),
        targets["job"].split("/")[2]: str(ask("forecast", {}, accounts["clinician"], secret).pk),
    }
    seen = []
    for role in ("clinician", "staff"):
        for name, address in targets.items():
            if role not in rule_of(name).roles:
                continue
            there = address
            for own, other in ids.items():
                there = there.replace(own, other)
            if there == address:
                continue
            for method in ("get", "post"):
                ways = {"content_type": "application/json"} if "/api/" in there and method == "post" else {}
                status = getattr(signed_in(role), method)(there, {}, **ways).status_code
                if status not in (404, 405, 422):
                    seen.append((role, name, method, status))
    assert seen == []


def test_a_patient_reaches_no_page_of_a_record(targets: dict[str, str], signed_in: Any) -> None:
    patient = signed_in("patient")
    closed = [
        name for name in targets if name.startswith(("person", "visit", "forecast", "drives", "job", "trial"))
    ]
    assert closed and {patient.get(targets[name]).status_code for name in closed} == {403}


def test_admin_pages_are_the_administrators(signed_in: Any) -> None:
    assert signed_in("administrator").get("/admin/").status_code == 200
    for role in ("clinician", "staff", "patient", "researcher"):
        assert signed_in(role).get("/admin/").status_code == 403
    assert "/login" in signed_in("nobody").get("/admin/").headers["Location"]
