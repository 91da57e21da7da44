"""The order of assignments, the Jacobian's pattern and the hash of a text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagus.errors import VagusError
from vagus.language.equations import Equations, order_assignments, text_hash
from vagus.language.expression import Graph

NAMES = "abcdefgh"


@given(st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES + "xyz"))))
def test_each_assignment_comes_after_those_it_uses_or_a_circle_is_told(uses: dict[str, set[str]]) -> None:
    try:
        order = order_assignments(uses)
    except VagusError as error:
        assert error.code == "V206"
        circle = error.message.partition(": ")[2].split(" <- ")
        assert circle[0] == circle[-1]
        # "a <- b": one of the two reads the other, all the way round.
        steps = list(pairwise(circle))
        assert all(one in uses[other] for one, other in steps) or all(
            other in uses[one] for one, other in steps
        )
        return
    assert sorted(order) == sorted(uses)
    for name, needs in uses.items():
        assert all(order.index(need) < order.index(name) for need in needs & uses.keys())


def test_the_order_is_the_same_in_every_process() -> None:
    letters = "qwertyuiopasdfghjklzxcvbnm"  # a set of them has another order wherever hashes are salted anew
    uses = {"last": set(letters)} | {letter: set[str]() for letter in letters}
    assert order_assignments(uses) == [*sorted(letters), "last"]


def test_a_circle_is_told_with_its_place_and_full_names() -> None:
    uses = {"pain_a": {"pain_b"}, "pain_b": {"pain_a"}}
    with pytest.raises(VagusError) as caught:
        order_assignments(uses, lambda name: {"file": f"{name}.ant", "line": 3}, lambda name: name.upper())
    assert "PAIN_A <- PAIN_B <- PAIN_A" in caught.value.message
    assert (caught.value.file, caught.value.line) == ("pain_a.ant", 3)


def test_the_jacobian_holds_what_is_not_zero() -> None:
    g = Graph()
    x, y, k = g.symbol("x"), g.symbol("y"), g.symbol("k")
    rates = (g.binary("mul", k, y), g.binary("sub", y, y))
    equations = Equations(
        name="m",
        graph=g,
        states=("x", "y"),
        start=(1.0, 2.0),
        parameters=("k",),
        values=(3.0,),
        rates=rates,
        outputs={"twice": x},
        text_hash=text_hash(""),
        declared=("k",),
    )
    assert equations.jacobian() == {(0, 1): k}
    assert [g.value(slope) for slope in equations.time_slopes()] == [0.0, 0.0]


def test_a_text_has_one_hash() -> None:
    assert text_hash("a") == text_hash("a") != text_hash("b")
    assert len(text_hash("a")) == 16
