"""The coupling map comes from the equations, and holds every arrow that the design lists."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from vagus.body.model import Model, load_model
from vagus.cli import app
from vagus.evidence.book import open_book
from vagus.evidence.coupling import OUTPUTS, Arrow, Coupling, coupling_of
from vagus.tables import GRADES

DATA = Path(__file__).parents[1] / "data"
#: Pairs of systems that the list of models.md B.16 has not: drugs, outputs read back, and what B.20 and B.25 added.
MORE = {
    "biomarker->mood", "catecholamine->autonomic", "escitalopram->serotonin", "expectancy->mood", "expectancy->pain",
    "gut->autonomic", "gut->metabolism", "gut->mood", "hpa->metabolism", "hpa->mood", "immune->metabolism",
    "ketamine->hpa", "ketamine->pain", "ketamine->plasticity", "load->autonomic", "load->gonadal", "load->hpa",
    "load->mood", "metabolism->kynurenine", "mood->metabolism", "pain->gut", "pain->opioid", "plasticity->autonomic",
    "thyroid->metabolism", "ketamine->mood", "load->sleep", "load->immune", "pain->energy", "energy->pain",
    "medicine->catecholamine", "medicine->pain", "medicine->serotonin",
}  # fmt: skip


@pytest.fixture(scope="module")
def model(cache: Path) -> Model:
    return load_model()


@pytest.fixture(scope="module")
def coupling(model: Model) -> Coupling:
    return coupling_of(model)


def listed() -> list[tuple[str, str]]:
    with (DATA / "coupling_b16.csv").open(encoding="utf-8") as file:
        return [(row["giver"], row["receiver"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("giver", "receiver"), listed())
def test_every_listed_coupling_stands_in_the_equations(giver: str, receiver: str) -> None:
    book = open_book()
    assert book.ids[receiver] in book.rules.affected(book.ids[giver])


def test_the_map_has_the_listed_pairs_and_says_what_it_has_more(coupling: Coupling) -> None:
    wanted = {(a.partition(".")[0], b.partition(".")[0]) for a, b in listed()}
    wanted = {pair for pair in wanted if pair[0] != pair[1]}
    found = {pair for pair in coupling.pairs() if OUTPUTS != pair[1]}
    assert wanted - found == set()
    assert {"->".join(pair) for pair in found - wanted} <= MORE


def arrow(coupling: Coupling, quantity: str, receiver: str) -> Arrow:
    (one,) = [a for a in coupling.arrows if (a.quantity, a.receiver) == (quantity, receiver)]
    return one


@pytest.mark.parametrize(
    ("quantity", "receiver", "sign"),
    [
        ("mood.depression_excess", "pain", 1),
        ("pain.perceived", "mood", 1),
        ("sleep.quality", "mood", -1),
        ("sleep.quality", "pain", -1),
        ("plasticity.spines", "mood", -1),
        ("immune.neuroinflammation", "plasticity", -1),
        ("hpa.cortisol_slow", "plasticity", -1),
        ("pain.perceived", "hpa", 1),
        ("opioid.relief", "pain", -1),
        ("ketamine.effect_site_molar", "plasticity", 1),
        ("sleep.clock", "hpa", 0),  # the averaged clock: the rhythm is not run
    ],
)
def test_signs(coupling: Coupling, quantity: str, receiver: str, sign: int) -> None:
    assert arrow(coupling, quantity, receiver).sign == sign


def test_an_arrow_knows_its_strength_and_its_grade(coupling: Coupling) -> None:
    one = arrow(coupling, "mood.depression_excess", "pain")
    strengths = {"inhibition_depression_gain", "perception_depression_gain", "depression_saturation"}
    assert set(one.parameters) == {f"pain.{name}" for name in strengths}
    assert one.moved == "pain.perceived" and one.grade == "assumed"
    through_logarithm = arrow(coupling, "serotonin.extracellular", "mood")
    assert (
        "mood.serotonin_gain" in through_logarithm.parameters
        and "mood.trace" not in through_logarithm.parameters
    )
    assert all(a.grade in (*GRADES, "") for a in coupling.arrows)


def test_the_second_look_gives_the_same_map(model: Model, coupling: Coupling) -> None:
    assert coupling_of(model) == coupling


def test_the_command_prints_text_json_and_a_drawing(coupling: Coupling) -> None:
    runner = CliRunner()
    assert "pain.perceived" in runner.invoke(app, ["map"]).output
    data = json.loads(runner.invoke(app, ["map", "--json"]).output)
    assert len(data["arrows"]) == len(coupling.arrows) and len(data["systems"]) >= 14
    drawing = ElementTree.fromstring(runner.invoke(app, ["map", "--svg"]).output)
    words = " ".join(drawing.itertext())
    assert drawing.get("role") == "img" and all(system.label in words for system in coupling.systems)
    curves = [path for path in drawing.iter() if "Q" in path.get("d", "")]
    assert len(curves) == len([pair for pair in coupling.pairs() if OUTPUTS not in pair])
