"""`placebo_of`: what the other arm of a blind trial would get beside a treatment."""

from dataclasses import replace

from ..body.treatment import Treatment
from ..tables import atlas_path, read_toml

PLACEBO = "placebo"


def placebo_of(treatment: Treatment) -> Treatment | None:
    """The same visits without the drug, and the belief that is left then; None where no drug is given.

    A drug that is felt within the hour gives its placebo away (`atlas/blinding.toml`): belief falls. Other drugs leave
    the belief as it is.
    """
    given = {dose.drug for dose in treatment.doses if dose.amount > 0}
    if not given:
        return None
    rows = read_toml(atlas_path("blinding.toml"))["control"].values()
    most = min((float(row["value"]) for row in rows if given & set(row.get("drugs", ()))), default=1.0)
    return replace(
        treatment,
        key=PLACEBO,
        title=f"Placebo of: {treatment.title}",
        meaning="The same visits without the drug",
        doses=(),
        visits=tuple(replace(visit, belief=min(visit.belief, most)) for visit in treatment.visits),
        cautions=(),
    )
