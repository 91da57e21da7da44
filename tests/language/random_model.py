"""Small models at random that put constructs of SBML together: the same seed always gives the same text."""

import numpy as np

SPECIES = ("A", "B", "D", "E")
PARAMETERS = ("k", "m", "n", "w")


class Writer:
    """Writes one model in Antimony."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.lines: list[str] = []

    def number(self, low: float = 0.2, high: float = 2.0) -> str:
        return f"{self.rng.uniform(low, high):.3f}"

    def one(self, *words: str) -> str:
        return str(self.rng.choice(words))

    def chance(self, part: float) -> bool:
        return bool(self.rng.uniform() < part)

    def smooth(self, names: tuple[str, ...]) -> str:
        """A positive formula of some names."""
        a, b = (self.one(*names) for _ in range(2))
        return self.one(
            f"{self.number()}*{a}",
            f"{self.number()}*{a}*{b}/(1 + {a})",
            f"{self.number()}*{a}^1.5/(0.5 + {b})",
            f"saturate({a}, {self.number()})",
            f"{self.number()}*sqrt({a} + {b})",
            f"{self.number()}*exp(-{a})*(1 + 0.3*sin(time))",
            f"piecewise({self.number()}*{a}, {a} < 0.7, piecewise({self.number()}, time > 3.3, {self.number()}*{b}))",
            f"{self.number()}*max({a}, 0.4)",
        )

    def text(self) -> str:
        """The whole model."""
        self._places()
        everything = (*SPECIES, *PARAMETERS)
        for number in range(int(self.rng.integers(3, 6))):
            self._reaction(number, everything)
        if self.chance(0.6):
            self.lines.append(f"x := {self.smooth(everything)} + r0")
        if self.chance(0.5):
            self.lines.append(f"w' = {self.number()} - {self.number()}*w")
        if self.chance(0.4):
            self.lines.append(f"n := {self.smooth(('A', 'B', 'k'))}")
        elif self.chance(0.5):
            self.lines.append(f"n = {self.smooth(('k', 'm', 'A'))}")
        for number in range(int(self.rng.integers(0, 4))):
            self._event(number)
        body = "\n  ".join(self.lines)
        return f"function saturate(u, v)\n  u/(u + v)\nend\nmodel mixed()\n  {body}\nend\n"

    def _places(self) -> None:
        self.lines.append(f"compartment C = {self.number(0.5, 3.0)}, F = {self.number(0.5, 3.0)}")
        for name in SPECIES:
            kind = self.one("species", "species", "substanceOnly species")
            fixed = "$" if self.chance(0.15) else ""
            self.lines.append(f"{kind} {fixed}{name} in {self.one('C', 'F')}")
            amount = "" if kind == "species" else "*1.5"
            self.lines.append(f"{name} = {self.number()}{amount}")
        for name in PARAMETERS:
            self.lines.append(f"{name} = {self.number()}")
        self.lines.append("var w, m")

    def _reaction(self, number: int, names: tuple[str, ...]) -> None:
        left, right = self.one(*SPECIES, ""), self.one(*SPECIES, "")
        if left == right:
            right = "" if left else "A"
        count = self.one("", "2 ", "3 ")
        formula = self.smooth(names) + (f"*{left}/(0.1 + {left})*0.3" if left else "*0.3")
        self.lines.append(f"r{number}: {left} -> {count + right if right else ''}; {formula}")

    def _event(self, number: int) -> None:
        trigger = self.one(
            f"time >= {self.number(0.5, 8.0)}",
            f"A > {self.number(0.5, 2.5)}",
            f"B < {self.number(0.3, 1.5)}",
            f"A + D > {self.number(1.0, 4.0)} && time > {self.number(0.5, 5.0)}",
        )
        delay = f"{self.number(0.1, 2.0)} after " if self.chance(0.4) else ""
        ways = ""
        if self.chance(0.5):
            ways += f", priority = {int(self.rng.integers(1, 9))}"
        if self.chance(0.3):
            ways += ", persistent = false"
        if self.chance(0.3):
            ways += ", t0 = false"
        if self.chance(0.3):
            ways += ", fromTrigger = false"
        changes = [f"m = {self.number()}*(1 + k)"]
        if self.chance(0.6):
            name = self.one("A", "B", "D")
            changes.append(f"{name} = {self.number()} + 0.5*{name}")
        self.lines.append(f"ev{number}: at {delay}{trigger}{ways}: {', '.join(changes)}")
