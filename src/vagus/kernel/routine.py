"""Loops, branches and variables in LLVM's text language, for the one routine that is not straight-line code.

Variables live on the stack; LLVM turns them into registers.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager


class Routine:
    """The text of one function with control flow, for vectors of `width` doubles."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.vector = f"<{width} x double>"
        self.mask = f"<{width} x i1>"
        self.kept: list[str] = []
        self.lines: list[str] = []
        self.count = 0

    def emit(self, text: str) -> str:
        """Add `%xN = text` and return `%xN`."""
        self.count += 1
        self.lines.append(f"  %x{self.count} = {text}")
        return f"%x{self.count}"

    def do(self, text: str) -> None:
        """Add a line that gives nothing back."""
        self.lines.append(f"  {text}")

    def text(self, header: str) -> str:
        """The whole function."""
        body = "\n".join([*self.kept, *self.lines])
        return f"define {header} {{\nentry:\n{body}\n  ret void\n}}\n"

    # -- numbers

    def number(self, value: float) -> str:
        """A double."""
        return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"

    def all(self, value: float) -> str:
        """A double in every lane."""
        return "<" + ", ".join([f"double {self.number(value)}"] * self.width) + ">"

    def spread(self, scalar: str) -> str:
        """A double that is only known at run time, in every lane."""
        one = self.emit(f"insertelement {self.vector} poison, double {scalar}, i32 0")
        zeros = "<" + ", ".join(["i32 0"] * self.width) + ">"
        return self.emit(
            f"shufflevector {self.vector} {one}, {self.vector} poison, <{self.width} x i32> {zeros}"
        )

    def real(self, op: str, a: str, b: str) -> str:
        """An operation on doubles."""
        return self.emit(f"{op} double {a}, {b}")

    def whole(self, op: str, a: str, b: str) -> str:
        """An operation on integers."""
        return self.emit(f"{op} i64 {a}, {b}")

    def lanes(self, op: str, a: str, b: str) -> str:
        """An operation on vectors; products may fuse into sums."""
        return self.emit(f"{op} contract {self.vector} {a}, {b}")

    def compare(self, relation: str, a: str, b: str) -> str:
        """A lane mask."""
        return self.emit(f"fcmp {relation} {self.vector} {a}, {b}")

    def choose(self, mask: str, a: str, b: str) -> str:
        """a where the mask is set, else b."""
        return self.emit(f"select {self.mask} {mask}, {self.vector} {a}, {self.vector} {b}")

    def intrinsic(self, name: str, *arguments: str) -> str:
        """A vector intrinsic such as fabs or sqrt."""
        given = ", ".join(f"{self.vector} {a}" for a in arguments)
        return self.emit(f"call {self.vector} @llvm.{name}.v{self.width}f64({given})")

    # -- memory

    def at(self, base: str, index: str, kind: str) -> str:
        """Pointer to element `index` of an array of a kind."""
        return self.emit(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def get(self, base: str, index: str = "0", kind: str = "double") -> str:
        """One element of an array."""
        return self.emit(f"load {kind}, ptr {self.at(base, index, kind)}, align 8")

    def put(self, base: str, index: str, value: str, kind: str = "double") -> None:
        """Set one element of an array."""
        self.do(f"store {kind} {value}, ptr {self.at(base, index, kind)}, align 8")

    def row(self, base: str, index: str = "0") -> str:
        """One vector of an array of vectors."""
        return self.get(base, index, self.vector)

    def put_row(self, base: str, index: str, value: str) -> None:
        """Set one vector of an array of vectors."""
        self.put(base, index, value, self.vector)

    def variable(self, kind: str, value: str) -> str:
        """A variable on the stack."""
        self.count += 1
        name = f"%m{self.count}"
        self.kept.append(f"  {name} = alloca {kind}, align 64")
        self.do(f"store {kind} {value}, ptr {name}")
        return name

    # -- control

    def label(self, word: str) -> str:
        """A fresh label."""
        self.count += 1
        return f"{word}{self.count}"

    def start(self, label: str) -> None:
        """Here begins a block."""
        self.lines.append(f"{label}:")

    @contextmanager
    def loop(self, count: str) -> Iterator[str]:
        """Run the body for 0 .. count - 1; gives the index."""
        place = self.variable("i64", "0")
        head, body, after = self.label("head"), self.label("body"), self.label("after")
        self.do(f"br label %{head}")
        self.start(head)
        index = self.emit(f"load i64, ptr {place}")
        self.do(f"br i1 {self.whole('icmp slt', index, count)}, label %{body}, label %{after}")
        self.start(body)
        yield index
        self.do(f"store i64 {self.whole('add', index, '1')}, ptr {place}")
        self.do(f"br label %{head}")
        self.start(after)

    @contextmanager
    def forever(self) -> Iterator[str]:
        """Run the body until it branches to the label that is given."""
        head, after = self.label("again"), self.label("left")
        self.do(f"br label %{head}")
        self.start(head)
        yield after
        self.do(f"br label %{head}")
        self.start(after)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """Run the body if the condition (i1) holds."""
        then, after = self.label("then"), self.label("after")
        self.do(f"br i1 {condition}, label %{then}, label %{after}")
        self.start(then)
        yield
        self.do(f"br label %{after}")
        self.start(after)

    def leave(self, condition: str, exit_label: str) -> None:
        """Go to a label if the condition holds."""
        stay = self.label("stay")
        self.do(f"br i1 {condition}, label %{exit_label}, label %{stay}")
        self.start(stay)
