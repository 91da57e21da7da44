"""`python -m vagus.cli.follow_examples FOLDER`: the virtual people of `examples/people`, drawn and measured anew."""

import sys
from pathlib import Path

import numpy as np

from ..body.model import load_model
from ..body.patient import Patient
from ..learn.diary import Diary, Given
from ..learn.prior import draw_people, prior_of
from ..learn.virtual import Schedule, measure_people, six_doses, with_readings, written

DAY = 24.0
SEED = 20
CANDIDATES = (
    40  # of those whose first scale fell, one in the middle is shown: a person who answered something
)
NOTE = "A virtual person made by vagus; not a real one"


def examples() -> dict[str, tuple[Patient, tuple[Given, ...], Schedule]]:
    """File name -> who they are, what they got, and when they were asked."""
    visits = (0, 1, 7, 14, 21, 28)
    pain = Patient("Virtual person A", 46.0, "female", 68.0, conditions=("mdd", "pain-musculoskeletal"))
    fear = Patient("Virtual person B", 38.0, "male", 82.0, conditions=("ptsd",))
    crps = Patient("Virtual person C", 52.0, "female", 61.0, conditions=("pain-neuropathic",))
    return {
        "follow-depression-pain.csv": (
            pain,
            six_doses(),
            Schedule({"madrs": visits, "nrs_pain": visits, "gad7": (0, 28), "systolic": (0, 7, 28)}, 28),
        ),
        "follow-ptsd.csv": (
            fear,
            six_doses(days=(0, 2, 4, 7, 9, 11)),
            Schedule({"pcl5": (0, 7, 14, 21, 35), "madrs": (0, 7, 14, 21, 35), "rmssd": (0, 35)}, 35),
        ),
        "follow-crps.csv": (
            crps,
            tuple(Given(DAY * day + 1.0, "ketamine", 0.5, "mg/kg", "iv", 4.0) for day in range(5)),
            Schedule(
                {"nrs_pain": (0, 5, 14, 28, 42, 56), "bpi_interference": (0, 28, 56), "phq9": (0, 28, 56)}, 56
            ),
        ),
    }


def main(folder: str) -> list[Path]:
    """The files written."""
    model = load_model()
    paths = []
    for name, (patient, given, schedule) in examples().items():
        diary = Diary(patient, None, (), (), given, virtual=True)
        drawn = draw_people(prior_of(model, patient, SEED), CANDIDATES, SEED)
        found = measure_people(model, drawn, diary, schedule, SEED)
        readings = found.readings
        first = next(iter(schedule.visits))
        start, best = readings[first][:, 0], readings[first].min(axis=1)
        answered = np.flatnonzero(found.sound & (best <= 0.6 * start))
        people = answered if answered.size else np.flatnonzero(found.sound)
        person = int(people[np.abs(start[people] - np.median(start[people])).argmin()])
        path = Path(folder) / name
        path.write_text(written(with_readings(diary, schedule, readings, person), (NOTE,)), encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    for path in main(sys.argv[1] if len(sys.argv) > 1 else "examples/people"):
        print(path)
