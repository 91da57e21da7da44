"""How far from the floor: the arithmetic one step needs, counted in the generated code, and what this core can do.

The count is of operations on one person: additions, multiplications, divisions and the like one each, the functions
of `vector_math` as many as their own code has. What moves memory, compares or chooses is not counted: it is the
distance that is measured.
"""

import re
import time

import numpy as np

from ..language.equations import Equations
from ..solve.rodas5p_table import INSIDE, STAGES, A, C
from .driver_step import GROWS
from .generate import generate
from .machine import Library, compile_text, host

_DEFINE = re.compile(r"^define .*?@(\w+)\(")
_OPERATION = re.compile(r"= (?:fast )?(fadd|fsub|fmul|fdiv|fneg)\b|@llvm\.(fma|fmuladd|sqrt|fabs|copysign)\b")
_CALL = re.compile(r"call [^@]*@(lanes_\w+|library_\w+|many_\w+)\((?:.*, i64 (\d+)\))?")
_UNSEEN = 25.0  # a function of the system's own library, whose code is not ours to count
_RARE = ("lanes_edge_", "library_sin", "library_cos")  # taken only where a number is out of the usual range
_CHAINS = 16  # independent sums, more than a core can keep waiting
_TURNS = 20_000_000


def operations(text: str) -> dict[str, float]:
    """Operations on one person in one call of each function of a module of vector code."""
    own: dict[str, float] = {}
    calls: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        begin = _DEFINE.match(line)
        if begin:
            name = begin.group(1)
            own[name], calls[name] = 0.0, []
        found = _OPERATION.search(line)
        if name and found:
            own[name] += 2.0 if found.group(2) in ("fma", "fmuladd") else 1.0
        called = _CALL.search(line)
        if name and called:
            calls[name] += [called.group(1)] * int(called.group(2) or 1)

    def total(one: str) -> float:
        usual = [other for other in calls[one] if not other.startswith(_RARE)]
        return own[one] + sum(total(other) if other in own else _UNSEEN for other in usual)

    return {one: total(one) for one in own}


def step_operations(equations: Equations) -> float:
    """Operations of one step of Rodas5P for one person: start, stages, solves, sums and error norm."""
    counted = operations(generate(equations, host().width).text)
    states = len(equations.states)
    places = sum(0.5 if GROWS[number] else np.count_nonzero(A[number]) for number in range(STAGES))
    sums = 2.0 * states * (places + np.count_nonzero(C) + INSIDE.size)
    norm = 11.0 * states  # scale, and square and sum of both errors of each state
    # One look inside beside the stages; the first of these has its rates from the start of the step.
    return counted["factor"] + STAGES * counted["rates"] + (STAGES + 1) * counted["solve"] + sums + norm


def peak_operations() -> float:
    """Operations per second of one core on numbers it already holds: chains of multiply-and-add."""
    width = host().width
    vector = f"<{width} x double>"
    kept = "\n".join(f"  %a{i} = phi {vector} [%start, %entry], [%b{i}, %turn]" for i in range(_CHAINS))
    work = "\n".join(
        f"  %b{i} = call {vector} @llvm.fma.v{width}f64({vector} %a{i}, {vector} %start, {vector} %a{i})"
        for i in range(_CHAINS)
    )
    added = ["  %s0 = fadd " + f"{vector} %b0, %b1"]
    added += [f"  %s{i} = fadd {vector} %s{i - 1}, %b{i + 1}" for i in range(1, _CHAINS - 1)]
    sums = "\n".join(added)
    text = f"""declare {vector} @llvm.fma.v{width}f64({vector}, {vector}, {vector})
define void @peak(i64 %turns, ptr %place) {{
entry:
  %start = load {vector}, ptr %place, align 8
  br label %turn
turn:
  %n = phi i64 [0, %entry], [%next, %turn]
{kept}
{work}
  %next = add i64 %n, 1
  %more = icmp slt i64 %next, %turns
  br i1 %more, label %turn, label %end
end:
{sums}
  store {vector} %s{_CHAINS - 2}, ptr %place, align 8
  ret void
}}
"""
    code = Library(compile_text(text))  # held: the machine code goes with it
    run = code.function("peak", 1)
    best = 0.0
    for _ in range(3):  # the fastest: others may use the core as well
        numbers = np.full(width, 1e-9)
        begin = time.process_time()
        run(_TURNS, numbers.ctypes.data)
        best = max(best, 2.0 * width * _CHAINS * _TURNS / (time.process_time() - begin))
    return best
