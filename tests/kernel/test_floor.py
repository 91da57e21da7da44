"""The count behind the distance from the floor: what is in the text is counted, no more and no less."""

from vagus.kernel.floor import operations, peak_operations, step_operations
from vagus.kernel.ir import Code, block_function, library
from vagus.kernel.vector_math import vector_library
from vagus.language.sbml import read_sbml

from .small import TEXT

WIDTH = 2


def function(name: str, *work: str) -> str:
    code = Code(WIDTH)
    a, b = code.load("x", 0), code.load("x", 1)
    for operator in work:
        a = code.operation(operator, [a] if operator in ("exp", "neg", "sqrt") else [a, b])
    code.store("out", 0, a)
    return block_function(name, {"x": 2, "out": 1}, code)


def test_every_operation_counts_once_for_each_person() -> None:
    assert operations(function("f", "add", "mul", "div", "sub", "neg", "sqrt"))["f"] == 6.0
    assert operations(function("f", "lt", "max"))["f"] == 0.0  # comparing and choosing are not arithmetic


def test_a_function_of_our_own_counts_what_its_code_has() -> None:
    text = "\n".join(
        [library(WIDTH), vector_library(WIDTH), function("f", "exp"), function("g", "exp", "exp")]
    )
    found = operations(text)
    assert found["f"] == found["lanes_exp"] > 10.0
    assert found["g"] == 2.0 * found["f"]


def test_a_step_is_eight_evaluations_and_eight_solves() -> None:
    equations = read_sbml(TEXT, "small.sbml")
    counted = step_operations(equations)
    assert 8 * 4 * len(equations.states) < counted < 2000.0


def test_the_peak_of_this_core_is_found() -> None:
    assert peak_operations() > 1e8
