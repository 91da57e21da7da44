"""PEtab: our calibration problem is clean by petablint and computes what the body does; plain problems are read."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from vagus.cli import app
from vagus.errors import VagusError
from vagus.exchange.petab_in import read_petab
from vagus.exchange.petab_run import evaluate_petab
from vagus.tables import atlas_path

DECAY = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">
<listOfParameters><parameter id="a" value="1" constant="false"/><parameter id="k" value="9" constant="true"/>
<parameter id="half" value="1" constant="true"/></listOfParameters>
<listOfRules><rateRule variable="a"><math xmlns="http://www.w3.org/1998/Math/MathML">
<apply><times/><apply><minus/><ci>k</ci></apply><ci>a</ci></apply></math></rateRule></listOfRules></model></sbml>"""
FILES = {
    "p.yaml": "format_version: 2.0.0\nparameter_files: [p.tsv]\nmodel_files: {m: {location: m.xml, language: sbml}}\n"
    "observable_files: [o.tsv]\nmeasurement_files: [d.tsv]\ncondition_files: [c.tsv]\nexperiment_files: [e.tsv]\n",
    "m.xml": DECAY,
    "p.tsv": "parameterId\tlowerBound\tupperBound\tnominalValue\testimate\n"
    "k\t0\t10\t0.5\ttrue\nsigma\t\t\t0.1\tfalse\nstart\t0\t9\t4\ttrue\n",
    "o.tsv": "observableId\tobservableFormula\tnoiseFormula\tnoiseDistribution\t"
    "observablePlaceholders\tnoisePlaceholders\n"
    "double\tfactor * a\tsigma\tnormal\tfactor\t\nlogged\tln(2*a) + 1.0e0\tn1\tlaplace\t\tn1\n"
    "positive\ta\tsigma\tlog-normal\t\t\n",
    "c.tsv": "conditionId\ttargetId\ttargetValue\nc0\ta\tstart\nc1\ta\ta + 1\nc1\thalf\t0.5\n",
    "e.tsv": "experimentId\ttime\tconditionId\ne\t0\tc0\ne\t2\tc1\n",
    "d.tsv": "observableId\texperimentId\tmeasurement\ttime\tobservableParameters\tnoiseParameters\n"
    "double\te\t5\t1\t3\t\nlogged\te\t1\t3\t\t0.2\npositive\t\t0.5\t1\t\t\n",
}  # fmt: skip


def written(folder: Path, **changes: str) -> Path:
    for name, text in {**FILES, **{key.replace("_", "."): text for key, text in changes.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "p.yaml"


def test_a_plain_problem_is_computed(tmp_path: Path) -> None:
    """Against the exact solution: 4 e^-t/2, one more at time 2; the model as it is starts with 1."""
    fit = evaluate_petab(read_petab(written(tmp_path)))
    later = 2.0 * ((4.0 * math.exp(-1.0) + 1.0) * math.exp(-0.5))
    expected = (12.0 * math.exp(-0.5), math.log(later) + 1.0, math.exp(-0.5))
    assert fit.simulated == pytest.approx(expected, rel=1e-6)
    assert fit.noise == pytest.approx((0.1, 0.2, 0.1))
    z = [(5 - expected[0]) / 0.1, (1 - expected[1]) / 0.2, (math.log(0.5) + 0.5) / 0.1]
    assert fit.chi2 == pytest.approx(sum(v * v for v in z), rel=1e-5)
    normal = -0.5 * math.log(2 * math.pi) - math.log(0.1)
    expected_log = 2 * normal - 0.5 * (z[0] ** 2 + z[2] ** 2) - math.log(0.5) - math.log(0.4) - abs(z[1])
    assert fit.log_likelihood == pytest.approx(expected_log, rel=1e-5)


def test_other_parameters(tmp_path: Path) -> None:
    fit = evaluate_petab(read_petab(written(tmp_path)), {"k": 1.0})
    assert fit.simulated[0] == pytest.approx(12.0 * math.exp(-1.0), rel=1e-6)


def test_observables_may_name_each_other(tmp_path: Path) -> None:
    path = written(tmp_path, o_tsv=FILES["o.tsv"].replace("2*a", "other") + "other\t2*a\t1\tnormal\t\t\n")
    assert evaluate_petab(read_petab(path)) == evaluate_petab(read_petab(written(tmp_path)))


def lint(*paths: Path) -> tuple[int, str]:
    """How many faults petablint finds in problems, and what it says; in one process, as it takes long to start."""
    pytest.importorskip("petab")
    code = "import sys; from petab.v2.lint import lint_problem as f; found = [i for p in sys.argv[1:] for i in f(p)]; "
    code += "print(found); sys.exit(len(found))"
    asked = [sys.executable, "-c", code, *map(str, paths)]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return found.returncode, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"p_yaml": "format_version: 1\n"}, "V640"),
        ({"p_yaml": "- 1\n"}, "V640"),
        ({"p_yaml": "a: &x [1]\nb: *x\n"}, "V640"),
        ({"p_yaml": "format_version: 2.0.0\n\tx\n"}, "V640"),
        ({"p_yaml": FILES["p.yaml"] + "mapping_files: [x.tsv]\n"}, "V641"),
        ({"p_yaml": FILES["p.yaml"] + "extensions: {x: {version: 1.0.0, required: true}}\n"}, "V641"),
        ({"p_yaml": FILES["p.yaml"] + "other: 1\n"}, "V640"),
        ({"p_yaml": FILES["p.yaml"].replace("m.xml", "../m.xml")}, "V641"),
        ({"p_yaml": FILES["p.yaml"].replace("m.xml", "https://example.org/m.xml")}, "V641"),
        ({"p_yaml": FILES["p.yaml"].replace("p.tsv", "/etc/passwd")}, "V641"),
        ({"p_yaml": FILES["p.yaml"].replace("sbml}", "pysb}")}, "V641"),
        ({"m_xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, "V632"),
        ({"m_xml": "<x/>"}, "V640"),
        ({"p_tsv": "parameterId\testimate\nk\ttrue\n"}, "V640"),
        ({"p_tsv": "parameterId\testimate\tnominalValue\nk\tmaybe\t1\n"}, "V640"),
        ({"p_tsv": "parameterId\testimate\tnominalValue\nk\tfalse\t\n"}, "V641"),
        ({"p_tsv": "parameterId\testimate\tnominalValue\nk\tfalse\t1\nk\tfalse\t1\n"}, "V640"),
        ({"e_tsv": "experimentId\ttime\tconditionId\ne\t-inf\tc0\n"}, "V641"),
        ({"e_tsv": "experimentId\ttime\tconditionId\ne\t0\tc9\n"}, "V640"),
        ({"e_tsv": "experimentId\ttime\tconditionId\nother\t0\tc0\n"}, "V640"),
        ({"c_tsv": "conditionId\ttargetId\ttargetValue\nc0\ta\t1 +\nc1\ta\t1\n"}, "V640"),
        ({"c_tsv": "conditionId\ttargetId\ttargetValue\nc0\tgone\t1\nc1\ta\t1\n"}, "V641"),
        ({"d_tsv": "observableId\texperimentId\tmeasurement\ttime\nnone\te\t1\t1\n"}, "V640"),
        ({"d_tsv": "observableId\texperimentId\tmeasurement\ttime\npositive\te\t1\tinf\n"}, "V641"),
        ({"d_tsv": "observableId\texperimentId\tmeasurement\ttime\npositive\te\tmany\t1\n"}, "V640"),
        ({"d_tsv": "observableId\texperimentId\tmeasurement\ttime\npositive\te\t1\t-1\n"}, "V640"),
        ({"d_tsv": "observableId\texperimentId\tmeasurement\ttime\ndouble\te\t1\t1\n"}, "V640"),
        ({"d_tsv": "observableId\texperimentId\tmeasurement\ttime\n"}, "V640"),
        ({"o_tsv": FILES["o.tsv"].replace("laplace", "cauchy")}, "V640"),
        ({"o_tsv": "observableId\tobservableFormula\tnoiseFormula\npositive\tpositive\t1\n",
          "d_tsv": "observableId\texperimentId\tmeasurement\ttime\npositive\te\t1\t1\n"}, "V640"),
    ],
)  # fmt: skip
def test_mistakes_are_told(tmp_path: Path, changes: dict[str, str], code: str) -> None:
    with pytest.raises(VagusError) as caught:
        evaluate_petab(read_petab(written(tmp_path, **changes)))
    assert caught.value.code == code, str(caught.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(FILES)), st.integers(0, 400), st.integers(0, 30), st.text(max_size=8))
def test_broken_problems_never_crash(
    tmp_path: Path, name: str, place: int, length: int, instead: str
) -> None:
    path = written(tmp_path)
    text = FILES[name]
    broken = text[: place % len(text)] + instead + text[place % len(text) + length :]
    (tmp_path / name).write_bytes(broken.encode("utf-8", "surrogatepass"))
    try:
        read_petab(path)
    except VagusError as error:
        assert error.code[:2] in ("V1", "V2", "V6"), str(error)


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    folder = tmp_path_factory.mktemp("petab")
    studies = [str(atlas_path("studies", f"{name}.toml")) for name in ("vankawala2021",)]
    found = CliRunner().invoke(app, ["export", "petab", *studies, "--out", str(folder)])
    assert found.exit_code == 0, found.output
    return folder


def test_petablint_takes_the_calibration_and_the_plain_problem(calibration: Path, tmp_path: Path) -> None:
    """The plain one, so that what is read here is what others write."""
    faults, said = lint(calibration / "problem.yaml", written(tmp_path))
    assert faults == 0, said
    (tmp_path / "p.tsv").write_text((tmp_path / "p.tsv").read_text().replace("sigma", "sigmas"))
    assert lint(tmp_path / "p.yaml")[0] > 0  # it does look


def test_the_calibration_computes_what_the_body_does(calibration: Path) -> None:
    """The tables alone, through SBML and another path of the engine, give the simulation that was exported."""
    problem = read_petab(calibration / "problem.yaml")
    fit = evaluate_petab(problem)
    lines = (calibration / "simulations.tsv").read_text().splitlines()[1:]
    direct = [float(line.split("\t")[2]) for line in lines]
    assert len(direct) >= 3 and fit.simulated == pytest.approx(direct, rel=1e-4)
    assert "plasticity_surge_gain" in problem.estimated


def test_the_block_holds_every_number_and_outcome(calibration: Path) -> None:
    numbers = (calibration / "population_numbers.tsv").read_text().splitlines()
    fitted = atlas_path("calibration", "fitted.toml").read_text().count("[[parameter]]")
    assert len(numbers) == 1 + fitted
    assert "ketamine" in (calibration / "population_arms.tsv").read_text()
    with_block = read_petab(calibration / "problem-population.yaml")
    assert with_block.extensions == ("vagus-population",)


def test_nothing_in_the_core_is_told(tmp_path: Path) -> None:
    study = atlas_path("studies", "lepola.toml")
    found = CliRunner().invoke(app, ["export", "petab", str(study), "--out", str(tmp_path / "x")])
    assert isinstance(found.exception, VagusError) and found.exception.code == "V641"


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)
    found = CliRunner().invoke(
        app, ["import", "petab", str(path), "--out", str(tmp_path / "s.tsv"), "--json"]
    )
    assert found.exit_code == 0 and '"chi2"' in found.output
    assert len((tmp_path / "s.tsv").read_text().splitlines()) == 4
