"""exp, log, pow, sin, cos and tanh for a whole vector register, written in LLVM's text language.

The polynomials are Taylor's for exp, those of fdlibm (Sun Microsystems 1993: e_log.c, k_sin.c, k_cos.c) and, for tanh
near zero, of Cephes (Moshier 1984: tanh.c); pow carries the logarithm in two doubles. Measured errors stand in
`tests/kernel/test_vector_math.py`: at most 2 units in the last place over the ranges used, edge cases as in IEEE 754.
Where all lanes are plain numbers of a usual size (`USUAL`) a shorter form without the edge cases is taken; sine and
cosine of larger angles go to the mathematical library, lane by lane.
"""

import math
from collections.abc import Callable, Collection

from .exact import Exact

#: Ranges in which no edge case can occur: least and greatest of the first argument, greatest size of the second.
USUAL = {
    "exp": (-700.0, 700.0, 0.0),
    "log": (1e-300, 1e300, 0.0),
    "pow": (1e-4, 1e4, 64.0),
    "sin": (-1e5, 1e5, 0.0),
    "cos": (-1e5, 1e5, 0.0),
}

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_INVERSE_LN2 = 1.44269504088896338700
_EXP = tuple(1.0 / math.factorial(n) for n in range(2, 14))  # exp(r) = 1 + r + r^2 (1/2! + r/3! + ...)
_LOG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
_TWO_THIRDS = (0.6666666666666666, 3.7007434154171886e-17)  # 2/3 in two doubles
_LOG_TAYLOR = tuple(2.0 / (2 * k + 1) for k in range(2, 12))  # log(1 + f) in odd powers of s = f/(2 + f)
_SIN = (
    -1.66666666666666324348e-01,
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)
_COS = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)
_HALF_PI = (
    1.57079632673412561417e00,
    6.07710050630396597660e-11,
    2.02226624871116645580e-21,
    8.47842766036889956997e-32,
)
_TANH_TOP = (-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3)
_TANH_BOTTOM = (1.0, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3)


#: Functions that `many_library` computes for many rows at once, and how many arguments they have.
LOOPS = {"exp": 1, "log": 1, "pow": 2, "sin": 1, "cos": 1, "tanh": 1}


def vector_library(width: int) -> str:
    """Definitions of `@lanes_exp` and the others for one vector width."""
    parts = [*_declared(width), *(_edges(name, width) for name in ("exp", "log", "pow"))]
    for name, count in LOOPS.items():
        code = Exact(width)
        lines, result = _chosen(name, code)
        arguments = ", ".join(f"{code.vector} %{letter}" for letter in "xy"[:count])
        parts.append(
            f"define internal fastcc {code.vector} @lanes_{name}({arguments}) {{\nentry:\n{lines}\n"
            f"  ret {code.vector} {result}\n}}"
        )
    return "\n".join([*parts, _WEIGHTS])


def many_library(width: int, names: Collection[str]) -> str:
    """Definitions of `@many_exp(ptr x, i64 n)` and the others: n rows at x are replaced by the function of each.

    Args:
        width: of a vector.
        names: which; `pow` takes its exponents from a second pointer.
    """
    parts = [*_declared(width), *(_edges(name, width) for name in ("exp", "log", "pow") if name in names)]
    for name in names:
        code = Exact(width)
        lines, result = _chosen(name, code)
        letters = "xy"[: LOOPS[name]]
        pointers = ", ".join(f"ptr %{letter}_rows" for letter in letters)
        loads = "\n".join(
            f"  %{letter}_place = getelementptr {code.vector}, ptr %{letter}_rows, i64 %i\n"
            f"  %{letter} = load {code.vector}, ptr %{letter}_place, align 8"
            for letter in letters
        )
        parts.append(
            f"""define internal fastcc void @many_{name}({pointers}, i64 %n) noinline {{
start:
  br label %entry
entry:
  %i = phi i64 [ 0, %start ], [ %next, %done ]
{loads}
{lines}
  br label %done
done:
  store {code.vector} {result}, ptr %x_place, align 8
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %entry, label %left
left:
  ret void
}}"""
        )
    return "\n".join([*parts, _WEIGHTS])


_WEIGHTS = '!0 = !{!"branch_weights", i32 2000, i32 1}'


def _declared(width: int) -> list[str]:
    vector = f"<{width} x double>"
    return [
        f"declare {vector} @llvm.fma.v{width}f64({vector}, {vector}, {vector})",
        f"declare {vector} @llvm.rint.v{width}f64({vector})",
    ]


def _edges(name: str, width: int) -> str:
    """The form of a function that knows all edges; rare, so it is kept out of the way."""
    bodies: dict[str, Callable[[Exact], str]] = {
        "exp": lambda c: _exp(c, "%x", edges=True),
        "log": lambda c: _log_edges(c, "%x", _log(c, edges=True)),
        "pow": _pow_with_edges,
    }
    code = Exact(width)
    result = bodies[name](code)
    header = ", ".join(f"{code.vector} %{letter}" for letter in "xy"[: LOOPS[name]])
    lines = "\n".join(code.lines)
    return (
        f"define internal fastcc {code.vector} @lanes_edge_{name}({header}) cold noinline {{\n{lines}\n"
        f"  ret {code.vector} {result}\n}}"
    )


def _chosen(name: str, code: Exact) -> tuple[str, str]:
    """Lines of a block `entry` and the blocks after it, and the value of a function of %x (and %y).

    The short form where every lane is usual, else the one that knows all edges.
    """
    if name == "tanh":
        result = _tanh(code)
        return "\n".join(code.lines), result
    usual: dict[str, Callable[[Exact], str]] = {
        "exp": lambda c: _exp(c, "%x"),
        "log": _log,
        "pow": _pow,
        "sin": lambda c: _wave(c, 0),
        "cos": lambda c: _wave(c, 1),
    }
    least, greatest, second = USUAL[name]
    fits = code.both(
        code.test("oge", "%x", code.number(least)), code.test("ole", "%x", code.number(greatest))
    )
    if name == "pow":
        fits = code.both(fits, code.test("ole", code.absolute("%y"), code.number(second)))
    everyone = code.emit(f"call i1 @llvm.vector.reduce.and.v{code.width}i1({code.masks} {fits})")
    code.lines.append(f"  br i1 {everyone}, label %fast, label %slow, !prof !0\nfast:")
    quick = usual[name](code)
    other = f"library_{name}" if name in ("sin", "cos") else f"lanes_edge_{name}"
    arguments = ", ".join(f"{code.vector} %{letter}" for letter in "xy"[: LOOPS[name]])
    code.lines.append("  br label %both\nslow:")
    sure = code.emit(f"call fastcc {code.vector} @{other}({arguments})")
    code.lines.append("  br label %both\nboth:")
    result = code.emit(f"phi {code.vector} [ {quick}, %fast ], [ {sure}, %slow ]")
    return "\n".join(code.lines), result


def _scaled(c: Exact, value: str, power: str, edges: bool) -> str:
    """value * 2^power (a double that is whole); with edges in two halves, so that neither overflows."""
    whole = c.to_integer(power)
    if not edges:
        shifted = c.whole("shl", c.whole("add", whole, c.integer(1023)), c.integer(52))
        return c.mul(value, c.double(shifted))
    half = c.whole("ashr", whole, c.integer(1))
    rest = c.whole("sub", whole, half)
    for part in (half, rest):
        shifted = c.whole("shl", c.whole("add", part, c.integer(1023)), c.integer(52))
        value = c.mul(value, c.double(shifted))
    return value


def _exp(c: Exact, x: str, correction: str | None = None, edges: bool = False) -> str:
    """exp(x + correction) for a small correction; with edges, x is first kept where the result is finite."""
    inside = x
    if edges:
        low, high = c.number(-746.0), c.number(710.0)
        inside = c.choose(c.test("olt", x, high), x, high)
        inside = c.choose(
            c.test("ogt", inside, low), inside, low
        )  # a NaN becomes `low`; put right at the end
    power = c.nearest(c.mul(inside, c.number(_INVERSE_LN2)))
    above = c.fma(power, c.number(-_LN2_HIGH), inside)
    below = c.mul(power, c.number(_LN2_LOW))
    if correction is not None:
        below = c.sub(below, correction)
    r = c.sub(above, below)
    lost = c.sub(c.sub(above, r), below)
    curved = c.mul(c.mul(r, r), c.polynomial(_EXP, r))
    curved = c.add(curved, c.fma(lost, r, lost))
    y = c.add(c.number(1.0), c.add(r, curved))
    scaled = _scaled(c, y, power, edges)
    return c.choose(c.test("uno", x, x), x, scaled) if edges else scaled


def _split(c: Exact, x: str, edges: bool) -> tuple[str, str]:
    """x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2): gives k and f, both doubles; x is positive."""
    tiny = c.test("olt", x, c.number(2.2250738585072014e-308)) if edges else ""
    bits = c.bits(c.choose(tiny, c.mul(x, c.number(18014398509481984.0)), x) if edges else x)
    # Adding the distance from sqrt(1/2) to 1 moves the border of the exponent to where it is wanted (fdlibm).
    moved = c.whole("add", bits, c.integer(0x3FF0000000000000 - 0x3FE6A09E667F3BCD))
    exponent = c.whole("sub", c.whole("lshr", moved, c.integer(52)), c.integer(1023))
    mantissa = c.whole("and", moved, c.integer(0x000FFFFFFFFFFFFF))
    scaled = c.double(c.whole("add", mantissa, c.integer(0x3FE6A09E667F3BCD)))
    power = c.to_double(exponent)
    if edges:
        power = c.add(power, c.choose(tiny, c.number(-54.0), c.number(0.0)))
    return power, c.sub(scaled, c.number(1.0))


def _log_series(c: Exact, s: str) -> str:
    """R of fdlibm: log(1 + f) = 2 s + s R(s^2) with s = f/(2 + f)."""
    z = c.mul(s, s)
    return c.mul(z, c.polynomial(_LOG, z))


def _log_edges(c: Exact, x: str, value: str) -> str:
    infinity, zero = c.number(float("inf")), c.number(0.0)
    value = c.choose(c.test("oeq", x, infinity), infinity, value)
    value = c.choose(c.test("oeq", x, zero), c.number(float("-inf")), value)
    return c.choose(c.test("ult", x, zero), c.number(float("nan")), value)


def _log(c: Exact, edges: bool = False) -> str:
    k, f = _split(c, "%x", edges)
    s = c.div(f, c.add(c.number(2.0), f))
    half_square = c.mul(c.number(0.5), c.mul(f, f))
    inner = c.mul(s, c.add(half_square, _log_series(c, s)))
    inner = c.fma(k, c.number(_LN2_LOW), inner)
    tail = c.sub(c.sub(half_square, inner), f)
    return c.sub(c.mul(k, c.number(_LN2_HIGH)), tail)


def _two_sum(c: Exact, a: str, b: str) -> tuple[str, str]:
    """a + b as a sum and its rounding error."""
    total = c.add(a, b)
    back = c.sub(total, a)
    return total, c.add(c.sub(a, c.sub(total, back)), c.sub(b, back))


def _two_product(c: Exact, a: str, b: str) -> tuple[str, str]:
    """a * b as a product and its rounding error."""
    product = c.mul(a, b)
    return product, c.fma(a, b, c.emit(f"fneg {c.vector} {product}"))


def _log_in_two(c: Exact, x: str, edges: bool) -> tuple[str, str]:
    """log(x) of a positive finite x as a double and what it lacks, to about 62 bits."""
    k, f = _split(c, x, edges)
    bottom, bottom_error = _two_sum(c, c.number(2.0), f)
    inverse = c.div(c.number(1.0), bottom)
    s = c.mul(f, inverse)
    minus = c.emit(f"fneg {c.vector} {s}")
    left = c.fma(minus, bottom_error, c.fma(minus, bottom, f))  # what s times the bottom lacks to f
    s_error = c.mul(left, inverse)
    z, z_error = _two_product(c, s, s)
    z_error = c.fma(c.add(s, s), s_error, z_error)
    cube, cube_error = _two_product(c, s, z)
    cube_error = c.fma(s, z_error, c.fma(s_error, z, cube_error))
    third, third_error = _two_product(c, cube, c.number(_TWO_THIRDS[0]))
    third_error = c.fma(
        cube, c.number(_TWO_THIRDS[1]), c.fma(cube_error, c.number(_TWO_THIRDS[0]), third_error)
    )
    rest = c.mul(c.mul(cube, z), c.polynomial(_LOG_TAYLOR, z))
    high, lost = _two_sum(c, c.mul(k, c.number(_LN2_HIGH)), c.add(s, s))
    high, lost_more = _two_sum(c, high, third)
    low = c.add(c.add(s_error, s_error), c.add(third_error, rest))
    low = c.add(c.fma(k, c.number(_LN2_LOW), low), c.add(lost, lost_more))
    return _two_sum(c, high, low)


def _pow(c: Exact) -> str:
    high, low = _log_in_two(c, "%x", edges=False)
    product, error = _two_product(c, "%y", high)
    return _exp(c, product, c.fma("%y", low, error))


def _pow_with_edges(c: Exact) -> str:
    x, y = "%x", "%y"
    zero, one, infinity = c.number(0.0), c.number(1.0), c.number(float("inf"))
    size = c.absolute(x)
    plain = c.choose(c.test("oeq", size, zero), one, c.choose(c.test("oeq", size, infinity), one, size))
    high, low = _log_in_two(c, plain, edges=True)
    product, error = _two_product(c, y, high)
    small = c.fma(y, low, error)
    bounded = c.test("olt", c.absolute(product), c.number(800.0))
    value = _exp(c, product, c.choose(bounded, small, zero), edges=True)
    return _pow_edges(c, x, y, size, value)


def _pow_edges(c: Exact, x: str, y: str, size: str, value: str) -> str:
    """Zero, infinity, negative bases and zero exponents as IEEE 754 wants them."""
    zero, one, infinity = c.number(0.0), c.number(1.0), c.number(float("inf"))
    down = c.test("olt", y, zero)
    at_zero = c.choose(down, infinity, zero)
    at_infinity = c.choose(down, zero, infinity)
    value = c.choose(c.test("oeq", size, one), one, value)
    value = c.choose(c.test("oeq", size, zero), at_zero, value)
    value = c.choose(c.test("oeq", size, infinity), at_infinity, value)
    whole = c.test("oeq", c.nearest(y), y)
    half = c.mul(y, c.number(0.5))
    even = c.test("oeq", c.nearest(half), half)
    negative = c.emit(f"fneg {c.vector} {value}")
    signed = c.choose(even, value, negative)
    edge = c.emit(f"or {c.masks} {c.test('oeq', size, zero)}, {c.test('oeq', size, infinity)}")
    signed = c.choose(whole, signed, c.choose(edge, value, c.number(float("nan"))))
    side = c.emit(f"call {c.vector} @llvm.copysign.v{c.width}f64({c.vector} {one}, {c.vector} {x})")
    below = c.test("olt", side, zero)
    value = c.choose(below, signed, value)
    value = c.choose(c.test("uno", x, y), c.add(x, y), value)
    value = c.choose(c.test("oeq", x, one), one, value)
    return c.choose(c.test("oeq", y, zero), one, value)


def _tanh(c: Exact) -> str:
    x = "%x"
    size = c.absolute(x)
    one = c.number(1.0)
    grown = _exp(c, c.add(size, size), edges=True)
    far = c.sub(one, c.div(c.number(2.0), c.add(grown, one)))
    far = c.emit(f"call {c.vector} @llvm.copysign.v{c.width}f64({c.vector} {far}, {c.vector} {x})")
    z = c.mul(x, x)
    top = c.polynomial(tuple(reversed(_TANH_TOP)), z)
    bottom = c.polynomial(tuple(reversed(_TANH_BOTTOM)), z)
    near = c.fma(c.mul(x, z), c.div(top, bottom), x)
    return c.choose(c.test("olt", size, c.number(0.625)), near, far)


def _wave(c: Exact, shift: int) -> str:
    """Sine (shift 0) or cosine (shift 1) after taking off multiples of a quarter turn in four parts."""
    x = "%x"
    turns = c.nearest(c.mul(x, c.number(0.6366197723675814)))
    minus = c.emit(f"fneg {c.vector} {turns}")
    r = c.fma(minus, c.number(_HALF_PI[0]), x)
    first, lost = r, None
    step = c.mul(turns, c.number(_HALF_PI[1]))
    r = c.sub(first, step)
    lost = c.sub(c.sub(first, r), step)
    lost = c.fma(minus, c.number(_HALF_PI[2]), lost)
    lost = c.fma(minus, c.number(_HALF_PI[3]), lost)
    high, low = _two_sum(c, r, lost)
    z = c.mul(high, high)
    sine = c.fma(c.mul(z, high), c.polynomial(_SIN, z), low)
    sine = c.add(high, sine)
    half = c.mul(c.number(0.5), z)
    top = c.sub(c.number(1.0), half)
    rest = c.sub(c.sub(c.number(1.0), top), half)
    fourth = c.mul(c.mul(z, z), c.polynomial(_COS, z))
    cosine = c.add(top, c.add(rest, c.sub(fourth, c.mul(high, low))))
    quarter = c.whole("and", c.whole("add", c.to_integer(turns), c.integer(shift)), c.integer(3))
    odd = c.equal(c.whole("and", quarter, c.integer(1)), c.integer(1))
    value = c.choose(odd, cosine, sine)
    flipped = c.equal(c.whole("and", quarter, c.integer(2)), c.integer(2))
    return c.choose(flipped, c.emit(f"fneg {c.vector} {value}"), value)
