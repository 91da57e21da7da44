"""Straight-line vector code in LLVM's text language from value-numbered expressions.

Every function works on one block of `width` people at once (one vector register a value) and loops over blocks.
Arrays are laid out (block, quantity, person of the block): one load brings the same quantity of `width` people, and
all that belongs to a block lies together.
"""

import struct
from collections.abc import Mapping

_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
COMPARE = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_VECTOR = ("exp", "log", "pow", "sin", "cos", "tanh")  # written in `vector_math`
_LIBRARY = ("tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh")
_INTRINSIC = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "ceil": "ceil"}


class Code:
    """The lines of one function body, with fresh value names."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.vector = f"<{width} x double>"
        self.lines: list[str] = []
        self.count = 0
        self.rooms = 0  # rows of memory of the function's own

    def emit(self, text: str) -> str:
        """Add `%vN = text` and return `%vN`."""
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def constant(self, value: float) -> str:
        """A number in all lanes; hexadecimal, so that no digit is lost."""
        bits = f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
        return "<" + ", ".join([f"double {bits}"] * self.width) + ">"

    def address(self, array: str, row: int) -> str:
        """Pointer to `array[block, row, first person]`."""
        return self.emit(f"getelementptr double, ptr %{array}_block, i64 {row * self.width}")

    def load(self, array: str, row: int) -> str:
        """The block's values of one row of an array."""
        return self.emit(f"load {self.vector}, ptr {self.address(array, row)}, align 8")

    def store(self, array: str, row: int, value: str) -> None:
        """Write the block's values of one row of an array."""
        self.lines.append(f"  store {self.vector} {value}, ptr {self.address(array, row)}, align 8")

    def room(self, rows: int) -> int:
        """Memory for some rows, for as long as the function runs; gives the first."""
        self.rooms += rows
        return self.rooms - rows

    def put(self, place: int, number: int, value: str) -> None:
        """Keep a value in a row of the function's own memory."""
        self.lines.append(f"  store {self.vector} {value}, ptr {self._own(place + number)}, align 8")

    def get(self, place: int, number: int) -> str:
        """Fetch a value from the function's own memory."""
        return self.emit(f"load {self.vector}, ptr {self._own(place + number)}, align 8")

    def loop(self, name: str, places: list[int], count: int) -> None:
        """Replace `count` rows by a function of them (`vector_math.LOOPS`)."""
        rows = ", ".join(f"ptr {self._own(place)}" for place in places)
        self.lines.append(f"  call fastcc void @many_{name}({rows}, i64 {count})")

    def _own(self, row: int) -> str:
        return self.emit(f"getelementptr double, ptr %room, i64 {row * self.width}")

    def arithmetic(self, op: str, a: str, b: str) -> str:
        """Add, subtract, multiply or divide; products may fuse into sums."""
        return self.emit(f"{_ARITHMETIC[op]} contract {self.vector} {a}, {b}")

    def compare(self, op: str, a: str, b: str) -> str:
        """A lane mask (`<n x i1>`)."""
        return self.emit(f"fcmp {COMPARE[op]} {self.vector} {a}, {b}")

    def choose(self, mask: str, a: str, b: str) -> str:
        """`a` where the mask is set, else `b`."""
        return self.emit(f"select <{self.width} x i1> {mask}, {self.vector} {a}, {self.vector} {b}")

    def operation(self, op: str, arguments: list[str]) -> str:
        """The value of any operator of `expression`."""
        v = self.vector
        if op in _ARITHMETIC:
            return self.arithmetic(op, *arguments)
        if op == "neg":
            return self.emit(f"fneg {v} {arguments[0]}")
        if op in _INTRINSIC:
            return self.emit(f"call {v} @llvm.{_INTRINSIC[op]}.v{self.width}f64({v} {arguments[0]})")
        if op in _VECTOR:
            return self.emit(f"call fastcc {v} @lanes_{op}({', '.join(f'{v} {a}' for a in arguments)})")
        if op in _LIBRARY:
            return self.emit(f"call fastcc {v} @library_{op}({v} {arguments[0]})")
        if op == "factorial":  # n! is the gamma function of n + 1
            above = self.arithmetic("add", arguments[0], self.constant(1.0))
            return self.emit(f"call fastcc {v} @library_tgamma({v} {above})")
        if op in ("max", "min"):
            return self.choose(self.compare("gt" if op == "max" else "lt", *arguments), *arguments)
        one, zero = self.constant(1.0), self.constant(0.0)
        if op in COMPARE:
            return self.choose(self.compare(op, *arguments), one, zero)
        if op == "select":
            return self.choose(self.compare("ne", arguments[0], zero), arguments[1], arguments[2])
        if op == "not":
            return self.choose(self.compare("eq", arguments[0], zero), one, zero)
        masks = [self.compare("ne", a, zero) for a in arguments]
        both = self.emit(f"{op} <{self.width} x i1> {masks[0]}, {masks[1]}")
        return self.choose(both, one, zero)


def block_function(name: str, arrays: Mapping[str, int], code: Code) -> str:
    """A function `void name(i64 blocks, ptr ...)` that runs the body once per block of people.

    Args:
        name: of the function.
        arrays: rows of each array, in the order of the arguments.
        code: the body.
    """
    header = ", ".join(["i64 %blocks", *(f"ptr noalias %{a}" for a in arrays)])
    bases = "\n".join(
        f"  %{a}_offset = mul i64 %block, {rows * code.width}\n"
        f"  %{a}_block = getelementptr double, ptr %{a}, i64 %{a}_offset"
        for a, rows in arrays.items()
    )
    body = "\n".join(code.lines)
    room = f"  %room = alloca [{code.rooms * code.width} x double], align 64\n" if code.rooms else ""
    return f"""
define void @{name}({header}) {{
entry:
{room}  %any = icmp sgt i64 %blocks, 0
  br i1 %any, label %loop, label %done
loop:
  %block = phi i64 [ 0, %entry ], [ %next, %loop ]
{bases}
{body}
  %next = add i64 %block, 1
  %more = icmp slt i64 %next, %blocks
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


def library(width: int) -> str:
    """What the mathematical library computes lane by lane: `@library_sin` and the others."""
    vector = f"<{width} x double>"
    parts = [
        f"declare {vector} @llvm.{intrinsic}.v{width}f64({vector})"
        for intrinsic in sorted(set(_INTRINSIC.values()))
    ]
    parts.append(f"declare {vector} @llvm.copysign.v{width}f64({vector}, {vector})")
    parts.append(f"declare i1 @llvm.vector.reduce.and.v{width}i1(<{width} x i1>)")
    for name in ("sin", "cos", "tgamma", *_LIBRARY):
        lines = []
        previous = "poison"
        for lane in range(width):
            lines.append(f"  %a{lane} = extractelement {vector} %a, i32 {lane}")
            lines.append(f"  %r{lane} = call double @{name}(double %a{lane})")
            lines.append(f"  %s{lane} = insertelement {vector} {previous}, double %r{lane}, i32 {lane}")
            previous = f"%s{lane}"
        parts.append(f"declare double @{name}(double)")
        body = "\n".join(lines)
        parts.append(
            f"define internal fastcc {vector} @library_{name}({vector} %a) {{\n{body}\n  ret {vector} {previous}\n}}"
        )
    return "\n".join(parts)
