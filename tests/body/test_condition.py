"""Conditions: every shipped one is sound, and several make one as the design says."""

from pathlib import Path

import pytest

from vagus.body import condition as room
from vagus.body.condition import PHASES, Condition, Episode, Trait, combine, load_condition
from vagus.errors import VagusError
from vagus.tables import GRADES, atlas_names, read_parameters

NAMES = atlas_names("conditions")


def plain(key: str, **fields: object) -> Condition:
    given = {"title": key.title(), "meaning": key, "grade": "weak", "sources": ("one",)} | fields
    return Condition(key=key, **given)  # type: ignore[arg-type]


def test_the_core_conditions_are_there() -> None:
    assert {"healthy", "mdd", "pain"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_condition_sets_what_exists(name: str) -> None:
    one, entries = load_condition(name), read_parameters()
    assert one.key == name and one.grade in GRADES and one.sources and one.title and one.meaning
    for key, trait in one.traits.items():
        assert trait.typical is None or entries[key].low <= trait.typical <= entries[key].high
        assert entries[key].kind != "state"
    inputs = [name for episode in one.history for name, _ in episode.inputs]
    assert [name for name in inputs if name not in entries] == []
    assert all(episode.hours > 0 for episode in one.history)
    assert set(one.mixture) <= set(NAMES)


def test_an_unknown_condition_is_refused_with_the_near_name() -> None:
    with pytest.raises(VagusError, match=r"V402 there is no condition 'mddd'.*did you mean 'mdd'\?"):
        load_condition("mddd")
    with pytest.raises(VagusError) as caught:
        load_condition("../conditions/mdd")
    assert caught.value.code == "V402" and caught.value.hint


def test_traits_are_joined() -> None:
    one = plain("one", traits={"a": Trait("fixed", (1.0,))})
    two = plain("two", traits={"b": Trait("fixed", (2.0,))})
    assert set(combine([one, two]).traits) == {"a", "b"}


def test_of_two_equal_conditions_the_later_one_wins() -> None:
    one, two = (plain(key, traits={"a": Trait("fixed", (value,))}) for key, value in (("x", 1.0), ("y", 2.0)))
    assert combine([one, two]).traits["a"].numbers == (2.0,)
    assert combine([two, one]).traits["a"].numbers == (1.0,)


@pytest.mark.parametrize("turned", [False, True])
def test_the_condition_that_leads_wins_in_any_order(turned: bool) -> None:
    leading = plain(
        "leading", traits={"a": Trait("fixed", (1.0,))}, check={"mood.depression": (0.6, 1.0)}, leads=True
    )
    other = plain("other", traits={"a": Trait("fixed", (2.0,))}, check={"mood.depression": (0.0, 0.1)})
    both = combine([other, leading] if turned else [leading, other])
    assert both.traits["a"].numbers == (1.0,) and both.check["mood.depression"] == (0.6, 1.0)


def test_depression_leads_over_pain() -> None:
    mdd, pain = load_condition("mdd"), load_condition("pain-neuropathic")
    for both in (combine([mdd, pain]), combine([pain, mdd])):
        assert both.traits["mood.rumination_gain"] == mdd.traits["mood.rumination_gain"]
        assert both.traits["pain.resting_nociception"] == pain.traits["pain.resting_nociception"]


def test_histories_happen_in_the_order_trauma_injury_stress() -> None:
    turned = [plain(phase, history=(Episode(phase, (), 24.0),)) for phase in PHASES[::-1]]
    assert PHASES[:3] == ("trauma", "injury", "stress")
    assert [episode.phase for episode in combine(turned).history] == list(PHASES)
    both = combine([load_condition("mdd"), load_condition("pain-neuropathic")])
    assert [episode.phase for episode in both.history] == ["injury", "stress"]


def test_two_episodes_of_one_phase_keep_their_order() -> None:
    first, second = (
        Episode("stress", (("load.acute", 0.5),), 24.0),
        Episode("stress", (("load.acute", 0.9),), 48.0),
    )
    assert combine([plain("one", history=(first, second))]).history == (first, second)


def test_names_sources_and_grade_are_those_of_all() -> None:
    one, two = (
        plain("one", grade="moderate", sources=("a", "b")),
        plain("two", grade="weak", sources=("b", "c")),
    )
    both = combine([one, two])
    assert (both.key, both.title, both.sources) == ("one+two", "One and Two", ("a", "b", "c"))
    assert both.grade == "weak"


@pytest.mark.parametrize(
    "text",
    [
        'meaning = "no title"',
        'title = "t"\nmeaning = "m"\ngrade = "weak"\nsources = []\n[traits]\n"mood.threshold" = {shape = "odd"}',
        'title = "t"\nmeaning = "m"\ngrade = "weak"\nsources = []\n[traits]\n"mood.threshold" = {shape = "fixed"}',
        'title = "t"\nmeaning = "m"\ngrade = "weak"\nsources = []\n[[history]]\nphase = "later"\ninputs = {}',
        'title = "t"\nmeaning = "m"\ngrade = "weak"\nsources = []\n[check]\n"mood.depression" = [0.1]',
        'title = "t"\nmeaning = "m"\ngrade = "weak"\nsources = []\ntraits = 3',
    ],
)
def test_a_spoilt_condition_file_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mdd.toml").write_text(text)
    monkeypatch.setattr(room, "atlas_path", lambda *parts: tmp_path / parts[-1])
    load_condition.cache_clear()
    with pytest.raises(VagusError) as caught:
        load_condition("mdd")
    assert caught.value.code == "V411" and caught.value.file == str(tmp_path / "mdd.toml")
