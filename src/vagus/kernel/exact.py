"""Vector code in which nothing is fused or reordered: what careful arithmetic needs."""

from .ir import Code

_WHOLE, _WHOLE_BITS = (
    6755399441055744.0,
    0x4338000000000000,
)  # 1.5 * 2^52: the last bits of a sum are its units


class Exact(Code):
    """Straight-line vector code in which nothing is fused or reordered."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.integers = f"<{width} x i64>"
        self.masks = f"<{width} x i1>"

    def add(self, a: str, b: str) -> str:
        """a + b"""
        return self.emit(f"fadd {self.vector} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        """a - b"""
        return self.emit(f"fsub {self.vector} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        """a * b"""
        return self.emit(f"fmul {self.vector} {a}, {b}")

    def div(self, a: str, b: str) -> str:
        """a / b"""
        return self.emit(f"fdiv {self.vector} {a}, {b}")

    def fma(self, a: str, b: str, c: str) -> str:
        """a * b + c, rounded once"""
        v = self.vector
        return self.emit(f"call {v} @llvm.fma.v{self.width}f64({v} {a}, {v} {b}, {v} {c})")

    def absolute(self, a: str) -> str:
        """|a|"""
        return self.emit(f"call {self.vector} @llvm.fabs.v{self.width}f64({self.vector} {a})")

    def nearest(self, a: str) -> str:
        """The integer nearest to a, as a double"""
        return self.emit(f"call {self.vector} @llvm.rint.v{self.width}f64({self.vector} {a})")

    def number(self, value: float) -> str:
        """A number in all lanes"""
        return self.constant(value)

    def integer(self, value: int) -> str:
        """An integer in all lanes"""
        return "<" + ", ".join([f"i64 {value}"] * self.width) + ">"

    def bits(self, a: str) -> str:
        """The bits of a double"""
        return self.emit(f"bitcast {self.vector} {a} to {self.integers}")

    def double(self, a: str) -> str:
        """The double of some bits"""
        return self.emit(f"bitcast {self.integers} {a} to {self.vector}")

    def whole(self, op: str, a: str, b: str) -> str:
        """An operation on integers"""
        return self.emit(f"{op} {self.integers} {a}, {b}")

    def to_integer(self, a: str) -> str:
        """A double that is whole and below 2^51, as an integer; by its bits, which every vector unit can do."""
        shifted = self.bits(self.add(a, self.number(_WHOLE)))
        return self.whole("sub", shifted, self.integer(_WHOLE_BITS))

    def to_double(self, a: str) -> str:
        """An integer below 2^51 in size, as a double."""
        shifted = self.double(self.whole("add", a, self.integer(_WHOLE_BITS)))
        return self.sub(shifted, self.number(_WHOLE))

    def test(self, relation: str, a: str, b: str) -> str:
        """A comparison of doubles: a lane mask"""
        return self.emit(f"fcmp {relation} {self.vector} {a}, {b}")

    def both(self, a: str, b: str) -> str:
        """Where both masks are set"""
        return self.emit(f"and {self.masks} {a}, {b}")

    def equal(self, a: str, b: str) -> str:
        """Equality of integers: a lane mask"""
        return self.emit(f"icmp eq {self.integers} {a}, {b}")

    def polynomial(self, coefficients: tuple[float, ...], x: str) -> str:
        """c0 + c1 x + c2 x^2 + ..., in pairs (Estrin), so that the terms do not wait for one another."""
        terms = [self.number(c) for c in coefficients]
        while len(terms) > 1:
            pairs = [self.fma(high, x, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
            terms = pairs + terms[len(pairs) * 2 :]
            if len(terms) > 1:
                x = self.mul(x, x)
        return terms[0]
