"""The step of the driver: one step of Rodas5P in every lane, its error and the size of the next.

The same arithmetic as `solve/rodas5p.py` and `solve/integrate.py`, in machine code and fused where that saves a pass
over memory.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..solve.rodas5p_table import GAMMA, INSIDE, LARGEST_POWER, LOOK, NODES, ORDER, STAGES, A, C, D, H
from .routine import Routine

#: Slots of a job: an array of 64-bit words that tells the driver everything. Functions, sizes, arrays, lane memory.
SLOTS = (
    *("rates", "factor", "solve", "prepare", "observe"),
    *("states", "parameters", "people", "times_count", "selected", "factors", "observing", "most_steps"),
    *("y0", "p0", "times", "select", "out", "y_end", "p_end", "reason", "steps", "stopped"),
    *("first", "event_time", "event_jump", "event_index", "event_value", "queue", "cancel"),
    *("rtol", "atol", "least_step", "largest_step"),
    *(
        "t",
        "h",
        "step",
        "diagonal",
        "moment",
        "stop",
        "reached",
        "part",
        "cut",
        "good",
        "sound",
        "fresh",
        "arrived",
    ),
    *(
        "alive",
        "person",
        "entry",
        "last",
        "due",
        "count",
        "y",
        "p",
        "q",
        "lu",
        "u",
        "right",
        "sum",
        "slope",
        "k",
    ),
    *("step_before", "power_before"),
    *("new", "dense", "between", "seen", "weights"),
)
#: Stages whose place is that of the stage before and one stage value more.
GROWS = [
    bool(n > 1 and A[n, n - 1] == 1.0 and (A[n, : n - 1] == A[n - 1, : n - 1]).all()) for n in range(STAGES)
]
REALS = ("rtol", "atol", "least_step", "largest_step")


class StepWriter(Routine):
    """Writes the parts of `drive` that compute a step; `end` is the hour at which all journeys end."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.slot: dict[str, str] = {}
        self.end = ""

    def flagged(self, name: str) -> str:
        """How many lanes have a flag."""
        total = self.variable("i64", "0")
        with self.loop(str(self.width)) as lane:
            flag = self.get(self.slot[name], lane, "i64")
            self.do(f"store i64 {self.whole('add', self.emit(f'load i64, ptr {total}'), flag)}, ptr {total}")
        return self.emit(f"load i64, ptr {total}")

    def run(self, function: str, *arrays: str) -> None:
        """One of the model's functions on this block."""
        given = ", ".join(f"ptr {self.slot[a]}" for a in arrays)
        self.do(f"call void {self.slot[function]}(i64 1, {given})")

    def cell(self, row: str, lane: str) -> str:
        """Index of a lane in a row of lane memory."""
        return self.whole("add", self.whole("mul", row, str(self.width)), lane)

    def stage(self, number: int, row: str) -> str:
        """Stage value of one state."""
        return self.row(
            self.slot["k"], self.whole("add", self.whole("mul", self.slot["states"], str(number)), row)
        )

    def weighted(self, weights: object, stages: list[str]) -> str:
        """Weighted sum of stages, always in the same order."""
        total = ""
        for weight, stage in zip(weights, stages, strict=False):  # type: ignore[call-overload]
            if weight:
                product = self.lanes("fmul", self.all(float(weight)), stage)
                total = self.lanes("fadd", total, product) if total else product
        return total

    def flags(self, name: str) -> str:
        """The lane mask of a flag."""
        kind = f"<{self.width} x i64>"
        return self.emit(f"icmp ne {kind} {self.get(self.slot[name], '0', kind)}, zeroinitializer")

    def put_flags(self, name: str, mask: str) -> None:
        kind = f"<{self.width} x i64>"
        self.put(self.slot[name], "0", self.emit(f"zext {self.mask} {mask} to {kind}"), kind)

    def step(self) -> None:
        """One step of Rodas5P in every lane, cut at the next event; see `solve/rodas5p.py`."""
        s = self.slot
        with self.loop(str(self.width)) as lane:
            self._next_stop(lane)
        t, stop, h = self.row(s["t"]), self.row(s["stop"]), self.row(s["h"])
        least = self.spread(s["least_step"])
        room = self.lanes("fsub", stop, t)
        room = self.choose(self.compare("ogt", room, least), room, least)
        cut = self.compare("oge", h, self.lanes("fmul", room, self.all(1.0 - 1e-10)))
        half = self.lanes("fmul", room, self.all(0.5))
        step = self.choose(self.compare("ogt", h, half), half, h)
        step = self.choose(cut, room, step)
        self.put_row(s["step"], "0", step)
        self.put_flags("cut", cut)
        self.put_row(s["reached"], "0", self.choose(cut, stop, self.lanes("fadd", t, step)))
        self.put_row(s["diagonal"], "0", self.lanes("fdiv", self.all(1.0 / GAMMA), step))
        self.run("factor", "t", "y", "p", "q", "diagonal", "k", "slope", "lu")  # f(y) is the first right side
        for number in range(STAGES):
            self._one_stage(number)
        self._look_inside()
        self._judge()

    def _next_stop(self, lane: str) -> None:
        s = self.slot
        entry = self.get(s["entry"], lane, "i64")
        alive = self.emit(f"icmp ne i64 {self.get(s['alive'], lane, 'i64')}, 0")
        left = self.emit(f"and i1 {alive}, {self.whole('icmp slt', entry, self.get(s['last'], lane, 'i64'))}")
        self.put(s["stop"], lane, self.end)
        with self.when(left):
            at = self.get(s["event_time"], entry)
            sooner = self.emit(f"fcmp olt double {at}, {self.end}")
            self.put(s["stop"], lane, self.emit(f"select i1 {sooner}, double {at}, double {self.end}"))

    def _one_stage(self, number: int) -> None:
        """u = y + sum A k; right side f(u) + sum C k / h + h D df/dt; k = (d - J)^-1 of it."""
        s = self.slot
        step = self.row(s["step"])
        inverse = self.lanes("fdiv", self.all(1.0), step)
        slope_weight = self.lanes("fmul", self.all(float(D[number])), step)
        adds = GROWS[number]
        weights = [] if adds else [self.weight(A, number, k) for k in range(number)]
        speeds = [self.lanes("fmul", self.weight(C, number, k), inverse) for k in range(number)]
        within = self._inside_weights(range(number)) if number == STAGES - 1 else []
        with self.loop(s["states"]) as row:
            stages = [self.stage(k, row) for k in range(number)]
            if within:
                begun = self.lanes("fadd", self.row(s["y"], row), self.products(within[0], stages))
                self.put_row(s["between"], row, begun)
                self.put_row(s["new"], row, self.products(within[1], stages))
            if adds:
                self.put_row(s["u"], row, self.lanes("fadd", self.row(s["u"], row), stages[-1]))
            elif number:
                inside = self.lanes("fadd", self.row(s["y"], row), self.products(weights, stages))
                self.put_row(s["u"], row, inside)
            total = self.products(speeds, stages)
            if D[number]:
                slope = self.lanes("fmul", slope_weight, self.row(s["slope"], row))
                total = self.lanes("fadd", total, slope) if total else slope
            self.put_row(s["sum"], row, total)
        place = self.at(s["k"], self.whole("mul", s["states"], str(number)), self.vector)
        if number:
            moment = self.lanes(
                "fadd", self.row(s["t"]), self.lanes("fmul", self.all(float(NODES[number])), step)
            )
            self.put_row(s["moment"], "0", moment)
            given = f"ptr {s['moment']}, ptr {s['u']}, ptr {s['p']}, ptr {s['q']}, ptr {place}"
            self.do(f"call void {s['rates']}(i64 1, {given})")
        self.do(f"call void {s['solve']}(i64 1, ptr {s['lu']}, ptr {s['sum']}, ptr {place})")

    def _look_inside(self) -> None:
        """What the dense output at `LOOK` lacks of following the rates, as an error of the step: `right`.

        (d - J)^-1 (f(p) - p'). A switch that opens and closes between the stages is seen here and nowhere else.
        """
        s = self.slot
        step = self.row(s["step"])
        weights = [one[0] for one in self._inside_weights([STAGES - 1])]
        with self.loop(s["states"]) as row:
            last = self.stage(STAGES - 1, row)
            for weight, begun, target in zip(weights, ("between", "new"), ("between", "sum"), strict=True):
                more = self.lanes("fmul", weight, last)
                self.put_row(s[target], row, self.lanes("fadd", self.row(s[begun], row), more))
        moment = self.lanes("fadd", self.row(s["t"]), self.lanes("fmul", self.all(LOOK), step))
        self.put_row(s["moment"], "0", moment)
        self.run("rates", "moment", "between", "p", "q", "right")
        self.run("solve", "lu", "sum", "right")

    def _inside_weights(self, stages: Iterable[int]) -> list[list[str]]:
        """Weights of stages in the place at `LOOK` and in the negative of its speed."""
        inverse = self.lanes("fdiv", self.all(-1.0), self.row(self.slot["step"]))
        place, speed = ([self.weight(INSIDE, number, k) for k in stages] for number in range(2))
        return [place, [self.lanes("fmul", weight, inverse) for weight in speed]]

    def weight(self, table: NDArray[np.float64], number: int, stage: int) -> str:
        """A weight of a stage, from memory: a constant would be fetched again for every state."""
        first = 0 if table is A else STAGES if table is C else 2 * STAGES
        return self.spread(self.get(self.slot["weights"], str((first + number) * STAGES + stage)))

    def products(self, weights: list[str], stages: list[str]) -> str:
        """Sum of stages times weights, always in the same order."""
        total = ""
        for weight, stage in zip(weights, stages, strict=True):
            product = self.lanes("fmul", weight, stage)
            total = self.lanes("fadd", total, product) if total else product
        return total

    def _judge(self) -> None:
        """The values at the end of the step, the size of the error in units of the tolerance, and who is good."""
        s = self.slot
        totals = [self.variable(self.vector, "zeroinitializer") for _ in range(2)]
        rtol, atol = self.spread(s["rtol"]), self.spread(s["atol"])
        with self.loop(s["states"]) as row:
            error, y = self.stage(STAGES - 1, row), self.row(s["y"], row)
            new = self.lanes("fadd", self.row(s["u"], row), error)
            self.put_row(s["new"], row, new)
            sizes = [self.intrinsic("fabs", value) for value in (y, new)]
            larger = self.choose(self.compare("ogt", *sizes), *sizes)
            unit = self.lanes("fadd", atol, self.lanes("fmul", rtol, larger))
            for total, found in zip(totals, (error, self.row(s["right"], row)), strict=True):
                part = self.lanes("fdiv", found, unit)
                so_far = self.emit(f"load {self.vector}, ptr {total}")
                so_far = self.lanes("fadd", so_far, self.lanes("fmul", part, part))
                self.do(f"store {self.vector} {so_far}, ptr {total}")
        count = self.spread(self.emit(f"sitofp i64 {s['states']} to double"))
        sums = [self.emit(f"load {self.vector}, ptr {total}") for total in totals]
        sums[0] = self.choose(self.compare("ugt", sums[1], sums[0]), sums[1], sums[0])  # a NaN stays one
        size = self.intrinsic("sqrt", self.lanes("fdiv", sums[0], count))
        pivot = self.row(s["lu"], self.whole("sub", s["factors"], "1"))
        finite = self.compare("olt", size, self.all(float("inf")))
        sound = self.emit(f"and {self.mask} {finite}, {self.compare('ogt', pivot, self.all(1e-12))}")
        within = self.emit(f"and {self.mask} {sound}, {self.compare('ole', size, self.all(1.0))}")
        good = self.emit(f"and {self.mask} {within}, {self.flags('alive')}")
        self.put_flags("sound", sound)
        self.put_flags("good", good)
        floor = self.choose(self.compare("ogt", size, self.all(1e-10)), size, self.all(1e-10))
        power = self.emit(
            f"call fastcc {self.vector} @lanes_pow({self.vector} {floor}, {self.vector} {self.all(-1.0 / ORDER)})"
        )
        factor = self._foreseen(good, power)
        factor = self.choose(self.compare("ogt", factor, self.all(0.2)), factor, self.all(0.2))
        factor = self.choose(self.compare("olt", factor, self.all(6.0)), factor, self.all(6.0))
        self._next_size(sound, good, factor)

    def _foreseen(self, good: str, power: str) -> str:
        """The factor for the next step; less where the error grows from step to step (Gustafsson 1994)."""
        s = self.slot
        step, before = self.row(s["step"]), self.row(s["step_before"])
        power_before = self.row(s["power_before"])
        factor = self.lanes("fmul", self.all(0.9), power)
        growth = self.lanes("fdiv", self.lanes("fmul", step, power), self.lanes("fmul", before, power_before))
        foreseen = self.lanes("fmul", factor, growth)
        known = self.emit(f"and {self.mask} {good}, {self.compare('ogt', before, self.all(0.0))}")
        less = self.emit(f"and {self.mask} {known}, {self.compare('olt', foreseen, factor)}")
        most = self.all(LARGEST_POWER)
        power = self.choose(self.compare("olt", power, most), power, most)
        self.put_row(s["step_before"], "0", self.choose(good, step, before))
        self.put_row(s["power_before"], "0", self.choose(good, power, power_before))
        return self.choose(less, foreseen, factor)

    def _next_size(self, sound: str, good: str, factor: str) -> None:
        s = self.slot
        step, h = self.row(s["step"]), self.row(s["h"])
        largest = self.spread(s["largest_step"])
        wanted = self.lanes("fmul", self.choose(sound, factor, self.all(0.2)), step)
        wanted = self.choose(self.compare("olt", wanted, largest), wanted, largest)
        before = self.choose(self.compare("olt", h, largest), h, largest)
        before = self.choose(self.flags("cut"), before, self.all(0.0))
        kept = self.choose(self.compare("ogt", wanted, before), wanted, before)
        smaller = self.lanes("fmul", self.all(0.9), step)
        smaller = self.choose(self.compare("olt", wanted, smaller), wanted, smaller)
        self.put_row(s["h"], "0", self.choose(good, kept, smaller))

    def move(self) -> None:
        """Those within tolerance move on; those who reached an event are marked."""
        s = self.slot
        good = self.flags("good")
        with self.loop(s["states"]) as row:
            self.put_row(s["y"], row, self.choose(good, self.row(s["new"], row), self.row(s["y"], row)))
        self.put_row(s["t"], "0", self.choose(good, self.row(s["reached"]), self.row(s["t"])))
        self.put_flags("arrived", self.emit(f"and {self.mask} {good}, {self.flags('cut')}"))
        kind = f"<{self.width} x i64>"
        count = self.emit(f"add {kind} {self.get(s['count'], '0', kind)}, {self.get(s['alive'], '0', kind)}")
        self.put(s["count"], "0", count, kind)

    def dense(self) -> None:
        """The three weighted sums of the stages that dense output needs, of all states."""
        with self.loop(self.slot["states"]) as row:
            for number, total in enumerate(self.dense_sums(row)):
                place = self.whole("add", self.whole("mul", row, "3"), str(number))
                self.put_row(self.slot["dense"], place, total)

    def dense_sums(self, row: str) -> list[str]:
        """The same of one state."""
        stages = [self.stage(k, row) for k in range(STAGES)]
        return [self.weighted(H[number], stages) for number in range(3)]
