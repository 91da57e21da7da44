"""The travelling loop in machine code, the same for every model: `solve.integrate` with a clock in each lane.

One call carries people through time until the queue is empty. Each lane of the vector holds one person with a clock,
a step and a place in the list of events of their own; a lane that is done takes the next person from the queue, which
all threads share. The order of what happens in one round is that of `solve/integrate.py`.
"""

from ..solve.reasons import Reason
from .driver_step import REALS, SLOTS, StepWriter
from .ir import library
from .vector_math import vector_library


def driver_text(width: int) -> str:
    """The module of the driver for one vector width."""
    declared = (
        "declare double @llvm.minnum.f64(double, double)\ndeclare double @llvm.maxnum.f64(double, double)"
    )
    return "\n".join([library(width), vector_library(width), declared, _Driver(width).drive()])


class _Driver(StepWriter):
    """Writes `void drive(ptr job)`, one method for each thing that happens in a round."""

    def drive(self) -> str:
        """The whole routine."""
        for number, name in enumerate(SLOTS):
            kind = "double" if name in REALS else "i64"
            value = self.get("%job", str(number), kind)
            whole = name in (
                "states",
                "parameters",
                "people",
                "times_count",
                "selected",
                "factors",
                "observing",
            )
            if kind == "i64" and not whole and name != "most_steps":
                value = self.emit(f"inttoptr i64 {value} to ptr")
            self.slot[name] = value
        last = self.whole("sub", self.slot["times_count"], "1")
        self.end = self.get(self.slot["times"], last)
        self.begin = self.get(self.slot["times"])
        lanes = str(self.width)
        with self.loop(lanes) as lane:
            for name in ("alive", "arrived", "good", "sound", "count", "entry", "last", "due", "person"):
                self.put(self.slot[name], lane, "0", "i64")
            self.put(self.slot["h"], lane, self.number(1.0))
            self.put(self.slot["t"], lane, self.begin)
        with self.forever() as done:
            self._fill()
            self.leave(self.emit(f"icmp eq i64 {self.flagged('alive')}, 0"), done)
            self._happen()
            self.step()
            self._record()
            self.move()
            self._leave_lanes()
        return self.text("void @drive(ptr %job)")

    def _copy_in(self, source: str, person: str, lane: str, target: str, rows: str) -> None:
        base = self.whole("mul", person, rows)
        with self.loop(rows) as row:
            value = self.get(self.slot[source], self.whole("add", base, row))
            self.put(self.slot[target], self.cell(row, lane), value)

    def _copy_out(self, source: str, lane: str, target: str, person: str, rows: str) -> None:
        base = self.whole("mul", person, rows)
        with self.loop(rows) as row:
            value = self.get(self.slot[source], self.cell(row, lane))
            self.put(self.slot[target], self.whole("add", base, row), value)

    # -- people come in

    def _fill(self) -> None:
        """Every empty lane takes the next person from the queue."""
        s = self.slot
        with self.loop(str(self.width)) as lane:
            self.put(s["fresh"], lane, "0", "i64")
            empty = self.emit(f"icmp eq i64 {self.get(s['alive'], lane, 'i64')}, 0")
            cancelled = self.emit(f"load atomic i64, ptr {s['cancel']} monotonic, align 8")
            go_on = self.emit(f"icmp eq i64 {cancelled}, 0")
            with self.when(self.emit(f"and i1 {empty}, {go_on}")):
                next_person = self.emit(f"atomicrmw add ptr {s['queue']}, i64 1 monotonic")
                with self.when(self.whole("icmp slt", next_person, s["people"])):
                    self._enter(lane, next_person)
        with self.when(self.emit(f"icmp sgt i64 {self.flagged('fresh')}, 0")):
            self.run("prepare", "p", "q")
            self._observe("t", "y")
            self._write("fresh", "y")

    def _enter(self, lane: str, person: str) -> None:
        s = self.slot
        self._copy_in("y0", person, lane, "y", s["states"])
        self._copy_in("p0", person, lane, "p", s["parameters"])
        self.put(s["t"], lane, self.begin)
        self.put(s["person"], lane, person, "i64")
        self.put(s["entry"], lane, self.get(s["first"], person, "i64"), "i64")
        after = self.whole("add", person, "1")
        self.put(s["last"], lane, self.get(s["first"], after, "i64"), "i64")
        for name, value in (("due", "0"), ("count", "0"), ("alive", "1"), ("fresh", "1"), ("arrived", "1")):
            self.put(s[name], lane, value, "i64")

    # -- outputs

    def _observe(self, time: str, state: str) -> None:
        with self.when(self.emit(f"icmp ne i64 {self.slot['observing']}, 0")):
            self.run("observe", time, state, "p", "q", "seen")

    def _write(self, flag: str, state: str) -> None:
        """Put the selected rows of the flagged lanes where they belong, and count the output."""
        s = self.slot
        with self.loop(str(self.width)) as lane:
            marked = self.emit(f"icmp ne i64 {self.get(s[flag], lane, 'i64')}, 0")
            with self.when(marked):
                due, person = self.get(s["due"], lane, "i64"), self.get(s["person"], lane, "i64")
                line = self.whole("add", self.whole("mul", person, s["times_count"]), due)
                base = self.whole("mul", line, s["selected"])
                with self.loop(s["selected"]) as row:
                    wanted = self.get(s["select"], row, "i64")
                    is_state = self.whole("icmp slt", wanted, s["states"])
                    source = self.emit(f"select i1 {is_state}, ptr {s[state]}, ptr {s['seen']}")
                    beyond = self.whole("sub", wanted, s["states"])
                    place = self.emit(f"select i1 {is_state}, i64 {wanted}, i64 {beyond}")
                    self.put(s["out"], self.whole("add", base, row), self.get(source, self.cell(place, lane)))
                self.put(s["due"], lane, self.whole("add", due, "1"), "i64")

    def _record(self) -> None:
        """Outputs whose time fell inside the step just taken, from its dense output."""
        s = self.slot
        made = self.variable("i64", "0")
        with self.forever() as done:
            with self.loop(str(self.width)) as lane:
                self._mark_ready(lane)
            self.leave(self.emit(f"icmp eq i64 {self.flagged('fresh')}, 0"), done)
            with self.when(self.emit(f"icmp ne i64 {s['observing']}, 0")):
                with self.when(self.emit(f"icmp eq i64 {self.emit(f'load i64, ptr {made}')}, 0")):
                    self.dense()
                    self.do(f"store i64 1, ptr {made}")
                with self.loop(s["states"]) as row:
                    places = [self.whole("add", self.whole("mul", row, "3"), str(k)) for k in range(3)]
                    self._between(row, [self.row(s["dense"], place) for place in places])
            with self.when(self.emit(f"icmp eq i64 {s['observing']}, 0")), self.loop(s["selected"]) as number:
                row = self.get(s["select"], number, "i64")
                self._between(row, self.dense_sums(row))
            self._observe("moment", "between")
            self._write("fresh", "between")

    def _between(self, row: str, sums: list[str]) -> None:
        """One state at the moment asked for, from both ends of the step and three sums of the stages."""
        s = self.slot
        part = self.row(s["part"])
        rest = self.lanes("fsub", self.all(1.0), part)
        inner = self.lanes("fadd", sums[1], self.lanes("fmul", part, sums[2]))
        inner = self.lanes("fadd", sums[0], self.lanes("fmul", part, inner))
        inner = self.lanes("fadd", self.row(s["new"], row), self.lanes("fmul", rest, inner))
        left = self.lanes("fmul", rest, self.row(s["y"], row))
        self.put_row(s["between"], row, self.lanes("fadd", left, self.lanes("fmul", part, inner)))

    def _mark_ready(self, lane: str) -> None:
        """`fresh` for a lane with an output inside its step; `part` and `moment` say where."""
        s = self.slot
        due = self.get(s["due"], lane, "i64")
        left = self.whole("icmp slt", due, s["times_count"])
        inside = self.emit(f"select i1 {left}, i64 {due}, i64 0")
        at, reached = self.get(s["times"], inside), self.get(s["reached"], lane)
        good = self.emit(f"icmp ne i64 {self.get(s['good'], lane, 'i64')}, 0")
        ready = self.emit(
            f"and i1 {self.emit(f'fcmp ole double {at}, {reached}')}, {self.emit(f'and i1 {left}, {good}')}"
        )
        gone = self.real("fsub", at, self.get(s["t"], lane))
        part = self.real("fdiv", gone, self.get(s["step"], lane))
        part = self.emit(f"call double @llvm.minnum.f64(double {part}, double {self.number(1.0)})")
        part = self.emit(f"call double @llvm.maxnum.f64(double {part}, double {self.number(0.0)})")
        self.put(s["part"], lane, self.emit(f"select i1 {ready}, double {part}, double {self.number(1.0)}"))
        self.put(s["moment"], lane, self.emit(f"select i1 {ready}, double {at}, double {reached}"))
        self.put(s["fresh"], lane, self.emit(f"zext i1 {ready} to i64"), "i64")

    # -- events

    def _happen(self) -> None:
        """Carry out all events that are due in lanes that have arrived at one; then a careful first step."""
        s = self.slot
        with self.when(self.emit(f"icmp sgt i64 {self.flagged('arrived')}, 0")):
            changed = self.variable("i64", "0")
            with self.loop(str(self.width)) as lane:
                here = self.emit(f"icmp ne i64 {self.get(s['arrived'], lane, 'i64')}, 0")
                with self.when(here), self.forever() as done:
                    self._one_event(lane, changed, done)
            with self.when(self.emit(f"icmp ne i64 {self.emit(f'load i64, ptr {changed}')}, 0")):
                self.run("prepare", "p", "q")
            self._first_step()
            with self.loop(str(self.width)) as lane:
                self.put(s["arrived"], lane, "0", "i64")

    def _one_event(self, lane: str, changed: str, done: str) -> None:
        s = self.slot
        entry = self.get(s["entry"], lane, "i64")
        self.leave(self.whole("icmp sge", entry, self.get(s["last"], lane, "i64")), done)
        at, now = self.get(s["event_time"], entry), self.get(s["t"], lane)
        self.leave(self.emit(f"fcmp ogt double {at}, {now}"), done)
        value, index = self.get(s["event_value"], entry), self.get(s["event_index"], entry, "i64")
        cell = self.cell(index, lane)
        jump = self.emit(f"icmp ne i64 {self.get(s['event_jump'], entry, 'i64')}, 0")
        array = self.emit(f"select i1 {jump}, ptr {s['y']}, ptr {s['p']}")
        old = self.emit(f"select i1 {jump}, double {self.get(array, cell)}, double {self.number(0.0)}")
        self.put(array, cell, self.real("fadd", old, value))
        self.put(s["entry"], lane, self.whole("add", entry, "1"), "i64")
        self.do(f"store i64 1, ptr {changed}")

    def _first_step(self) -> None:
        """A step over which the state would change by about a hundredth, for lanes that have arrived."""
        s = self.slot
        self.run("rates", "t", "y", "p", "q", "right")
        have, speed = (self.variable(self.vector, "zeroinitializer") for _ in range(2))
        rtol, atol = self.spread(s["rtol"]), self.spread(s["atol"])
        with self.loop(s["states"]) as row:
            y, f = self.row(s["y"], row), self.row(s["right"], row)
            scale = self.lanes("fadd", atol, self.lanes("fmul", rtol, self.intrinsic("fabs", y)))
            for place, value in ((have, y), (speed, f)):
                part = self.lanes("fdiv", value, scale)
                total = self.lanes(
                    "fadd", self.emit(f"load {self.vector}, ptr {place}"), self.lanes("fmul", part, part)
                )
                self.do(f"store {self.vector} {total}, ptr {place}")
        roots = [
            self.intrinsic("sqrt", self.emit(f"load {self.vector}, ptr {place}")) for place in (have, speed)
        ]
        least = self.all(1e-300)
        bottom = self.choose(self.compare("ogt", roots[1], least), roots[1], least)
        h = self.lanes("fdiv", self.lanes("fmul", self.all(0.01), roots[0]), bottom)
        h = self.choose(self.compare("ogt", h, self.all(1e-6)), h, self.all(1e-6))  # a NaN becomes the least
        h = self.choose(self.compare("olt", h, self.all(1.0)), h, self.all(1.0))
        arrived = self.flags("arrived")
        self.put_row(s["h"], "0", self.choose(arrived, h, self.row(s["h"])))
        self.put_row(s["step_before"], "0", self.choose(arrived, self.all(0.0), self.row(s["step_before"])))

    # -- people leave

    def _leave_lanes(self) -> None:
        """Who has arrived or failed leaves; the reason stays."""
        s = self.slot
        with self.loop(str(self.width)) as lane:
            alive = self.emit(f"icmp ne i64 {self.get(s['alive'], lane, 'i64')}, 0")
            t, h = self.get(s["t"], lane), self.get(s["h"], lane)
            good = self.emit(f"icmp ne i64 {self.get(s['good'], lane, 'i64')}, 0")
            over = self.emit(f"fcmp oge double {t}, {self.end}")
            tiny = self.emit(f"fcmp olt double {h}, {s['least_step']}")
            small = self.emit(f"and i1 {tiny}, {self.emit(f'xor i1 {good}, true')}")
            many = self.whole("icmp sge", self.get(s["count"], lane, "i64"), s["most_steps"])
            many = self.emit(f"and i1 {many}, {self.emit(f'xor i1 {over}, true')}")
            failed = self.emit(f"or i1 {small}, {many}")
            gone = self.emit(f"and i1 {alive}, {self.emit(f'or i1 {failed}, {over}')}")
            with self.when(gone):
                self._depart(lane, small, many)

    def _depart(self, lane: str, small: str, many: str) -> None:
        s = self.slot
        person = self.get(s["person"], lane, "i64")
        sound = self.emit(f"icmp ne i64 {self.get(s['sound'], lane, 'i64')}, 0")
        pivot = self.get(s["lu"], self.cell(self.whole("sub", s["factors"], "1"), lane))
        singular = self.emit(f"fcmp ole double {pivot}, {self.number(1e-12)}")
        reason = self.emit(f"select i1 {singular}, i64 {int(Reason.PIVOT)}, i64 {int(Reason.NOT_FINITE)}")
        reason = self.emit(f"select i1 {sound}, i64 {int(Reason.STEP_TOO_SMALL)}, i64 {reason}")
        other = self.emit(f"select i1 {many}, i64 {int(Reason.TOO_MANY_STEPS)}, i64 0")
        reason = self.emit(f"select i1 {small}, i64 {reason}, i64 {other}")
        self.put(s["reason"], person, reason, "i64")
        self.put(s["steps"], person, self.get(s["count"], lane, "i64"), "i64")
        self.put(s["stopped"], person, self.get(s["t"], lane))
        self._copy_out("y", lane, "y_end", person, s["states"])
        self._copy_out("p", lane, "p_end", person, s["parameters"])
        for name in ("alive", "arrived"):
            self.put(s[name], lane, "0", "i64")
