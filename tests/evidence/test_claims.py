"""The ledger run on few people: shapes, sharing, failures that are told, and the page it makes."""

import base64
import hashlib
import re
from dataclasses import replace

import numpy as np
import pytest

from vagus.cli.claims import claims_text
from vagus.errors import VagusError, fail
from vagus.evidence import claims as room
from vagus.evidence.claim_record import record_of
from vagus.evidence.claims import Checked, check_claims
from vagus.evidence.course import Bodies, Population
from vagus.evidence.experiment import Branch
from vagus.evidence.statement import load_ledger
from vagus.evidence.verdict import Effect
from vagus.report.ledger import ledger_html
from vagus.solve.integrate import Control

IDS = ("P06", "D05", "C01", "S02", "S03", "K01", "W02")


@pytest.fixture(scope="module")
def found(model) -> Checked:
    return check_claims(model, IDS, count=24, seeds=2, most=24)


def test_each_claim_has_its_tests_and_the_worst_verdict(found: Checked) -> None:
    assert [one.statement.id for one in found.claims] == list(IDS)
    by_id = {one.statement.id: one for one in found.claims}
    assert by_id["P06"].verdict == "by construction"
    assert by_id["C01"].verdict == "by construction"
    assert by_id["C01"].tests[0].contrasts[0].effect.first >= 3  # mediators with arrows to pain and to mood
    assert by_id["P06"].tests[0].contrasts[0].effect.first == pytest.approx(0.9, abs=0.06)
    assert by_id["S02"].tests[0].contrasts[0].effect.difference < 0
    assert by_id["S03"].tests[0].contrasts[0].effect.difference > 0
    assert by_id["K01"].tests[0].contrasts[0].effect.s > 0.5
    assert by_id["W02"].verdict == "not supported"
    assert all(sum(one.counts.values()) == len(one.tests) for one in found.claims)


def test_same_seed_gives_the_same_numbers(model) -> None:
    first, second = (check_claims(model, ["S02"], count=12, seeds=1, most=12) for _ in range(2))
    assert first.claims == second.claims


def test_groups_double_where_seeds_do_not_agree(model, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def judged(test: object, effect: Effect, published: object = None) -> str:
        sizes.append(effect.n)
        return "shown" if effect.n > 12 else ("shown", "weaker than said")[len(sizes) % 2]

    monkeypatch.setattr(room, "verdict_of", judged)
    found = check_claims(model, ["S02"], count=12, seeds=2, most=48)
    assert found.claims[0].tests[0].n == 24
    assert found.claims[0].tests[0].agreed


def test_where_seeds_never_agree_the_worst_counts_and_the_page_says_so(
    model, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = iter(["shown", "weaker than said", "shown"] * 9)  # one seed, the other, both together
    monkeypatch.setattr(room, "verdict_of", lambda *given: next(turn))
    found = check_claims(model, ["S02"], count=12, seeds=2, most=24)
    (test,) = found.claims[0].tests
    assert (test.n, test.agreed, test.verdict) == (24, False, "weaker than said")
    told = record_of(found, model)["claims"][0]["tests"][0]["why"]
    assert told[-1] == "the seeds do not agree, with 24 people a group in each"


def test_shift_is_as_large_as_the_spread_differences_are_counted_in(model) -> None:
    """Healthy people of the model hardly differ in the gut; a shift by what they differ would be next to nothing."""
    spread = Bodies(model, Control(), 1).spread
    assert spread["gut.dysbiosis"] == room.settings()["spread"]["dysbiosis"]
    assert min(spread.values()) >= room.settings()["readings"]["least_sd"]


def test_every_verdict_but_the_good_ones_says_why(found: Checked, model) -> None:
    for claim in record_of(found, model)["claims"]:
        for test in claim["tests"]:
            assert bool(test["why"]) == (
                test["verdict"] in ("weaker than said", "not supported", "contradicted")
            )


def test_experiment_that_cannot_run_is_a_failure(model, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Population.run

    def broken(self: Population, branch: Branch, *rest: object) -> object:
        if branch.arms:
            raise fail("V484", claim="K01", reason="broken")
        return whole(self, branch, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Population, "run", broken)
    found = check_claims(model, ["K01", "S02"], count=8, seeds=1, most=8)
    assert found.claims[1].verdict == "failed"
    assert found.claims[0].verdict != "failed"
    assert not found.good
    record = record_of(found, model)
    assert [one["id"] for one in record["failures"]] == ["K01"]
    assert "cannot run: K01" in claims_text(record, quiet=False)


def test_people_differ_as_people_do_and_stay_themselves(model) -> None:
    """In fatigue people of one condition hardly differ: each gets an own part, the same under every circumstance."""
    people = Population(Bodies(model, Control(), 1), "ptsd", 200, 1)
    own, at_rest = people.own("fatigue", "energy.fatigue"), people.resting_values()["energy.fatigue"]
    assert at_rest.std() < 0.1
    assert (at_rest + own).std(ddof=1) == pytest.approx(room.settings()["spread"]["fatigue"], rel=0.15)
    assert abs(own.mean()) < 0.05
    assert np.array_equal(own, people.own("fatigue", "energy.fatigue"))
    other = Population(people.bodies, "mdd", 200, 1).own("fatigue", "energy.fatigue")
    assert abs(np.corrcoef(own, other)[0, 1]) < 0.3
    # Where the model's people differ as much, or no spread is listed, nothing is added.
    assert not people.own("hr", "biomarker.heart_rate").any()
    assert set(room.settings()["spread"]) <= set(load_ledger().observables)


def test_difference_of_nothing_is_not_shown(model) -> None:
    """Three hours after endotoxin the model moves thinking by a hundredth: that is not `shown`."""
    found = check_claims(model, ["P05"], count=24, seeds=1, most=24)
    thinking = next(test for test in found.claims[0].tests if test.test.observable == "cognition")
    assert abs(thinking.contrasts[0].effect.difference) < 0.03
    assert thinking.verdict == "weaker than said"


def test_too_many_lost_people_are_an_error(model) -> None:
    population = Population(Bodies(model, Control(), 1), "healthy", 8, 1)
    population.bodies.control = replace(population.bodies.control, most_steps=2)
    with pytest.raises(VagusError) as caught:
        population.run(Branch("healthy", steps=("injury",)), ["pain.perceived"], np.array([0.0, 240.0]))
    assert caught.value.code == "V484"


def test_record_is_complete_and_finite(found: Checked, model) -> None:
    record = record_of(found, model)
    assert record["seconds"] > 0
    for claim in record["claims"]:
        assert claim["systems"]
        assert claim["arrows"]
        assert claim["worst_arrow"] in ("strong", "moderate", "weak", "contradicted", "assumed")
        for test in claim["tests"]:
            assert {"observable", "effect", "ci", "grade", "verdict", "standardised"} <= test.keys()
            assert test["ci"][0] <= test["effect"] <= test["ci"][1]
    text = claims_text(record, quiet=False)
    assert all(f"{key}  " in text for key in IDS)


def test_page_shows_every_claim_and_runs_only_its_own_script(found: Checked, model) -> None:
    page = ledger_html(record_of(found, model))
    assert all(f'id="{key}"' in page for key in IDS)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy and "default-src 'none'" in policy[1]
    script = re.search(r"<script>(.*?)</script>", page, re.S)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r'(src|href)="(?!#|https://)', page)
    assert " onclick" not in page
    # Everything is there without the script: only the filter is hidden.
    assert re.findall(r"<(\w+)[^>]* hidden", page) == ["form"]


def test_every_system_of_the_filter_has_its_observables() -> None:
    table = room.settings()["systems"]
    known = {name for names in table.values() for name in names}
    assert set(load_ledger().observables) <= known
