"""One bad model per code V2xx: each is refused with its code, at the line that is wrong, also by `vagus check`."""

import re
import shutil
from pathlib import Path

import pytest

from vagus.errors import VagusError, explanations
from vagus.evidence.lint import check_everything
from vagus.language.check import check_model
from vagus.language.compose import compose
from vagus.language.sbml import read_sbml, rename_with
from vagus.tables import read_parameters

FOLDER = Path(__file__).parents[1] / "data" / "bad_models"
MODELS = sorted(path for path in FOLDER.glob("V2*.*") if path.suffix in (".ant", ".sbml"))
HERE = "<- here"
NOT_OF_TEXT = {"V213", "V214"}  # about the shipped file, and about what is asked of a model


def small_body(model: Path, folder: Path) -> Path:
    """The module `pain` of a body made from one of the models, with its table; gives back its path."""
    systems = folder / "systems"
    systems.mkdir()
    shutil.copytree(FOLDER / "parameters", folder / "parameters")
    extra = model.with_suffix(".csv")
    if extra.exists():
        with (folder / "parameters" / "pain.csv").open("a") as table:
            table.writelines(extra.read_text().splitlines(keepends=True)[1:])
    shutil.copy(FOLDER / "body.ant", systems / "body.ant")
    return Path(shutil.copy(model, systems / f"pain{model.suffix}"))


def problems(path: Path) -> list[VagusError]:
    """What compose, check and reading say about a module of the small body."""
    try:
        if path.suffix == ".sbml":
            read_sbml(path.read_text(), str(path))
            return []
        entries = read_parameters(path.parents[1] / "parameters")
        text, rename = compose(path.parent / "body.ant"), rename_with({"pain": None})
        found = check_model(text, entries, path.parent, rename)
        read_sbml(text, str(path), rename)
        return found
    except VagusError as error:
        return [error]


def marked(folder: Path) -> tuple[Path, int] | None:
    """File and line that an error has to name."""
    for path in sorted(path for path in folder.rglob("*.*") if path.is_file()):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if HERE in line:
                return path, number
    return None


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_a_bad_model_is_refused_at_its_line(model: Path, tmp_path: Path) -> None:
    path = small_body(model, tmp_path)
    found = problems(path)
    assert [error.code for error in found] == [model.stem.partition("_")[0]], list(map(str, found))
    place = marked(tmp_path)
    assert found[0].file is not None and found[0].hint
    if place is not None:
        assert (Path(found[0].file), found[0].line) == place, str(found[0])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_a_bad_model_says_why_it_is_wrong(model: Path) -> None:
    assert re.match(r"(//|<\?xml.*\n<!--) Wrong: .", model.read_text())


def test_every_code_of_model_text_has_its_bad_model() -> None:
    codes = {code for code in explanations() if code.startswith("V2")} - NOT_OF_TEXT
    assert {model.stem.partition("_")[0] for model in MODELS} == codes


def test_the_same_model_without_a_mistake_passes(tmp_path: Path) -> None:
    path = small_body(FOLDER / "sound.ant", tmp_path)
    assert list(map(str, problems(path))) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_vagus_check_says_the_same(model: Path, tmp_path: Path) -> None:
    path = small_body(model, tmp_path)
    found = check_everything([path])
    assert model.stem.partition("_")[0] in [error.code for error in found], list(map(str, found))


def test_a_circle_through_the_wiring_is_found(tmp_path: Path) -> None:
    """Two modules that are sound alone, wired so that each needs the other first."""
    (tmp_path / "one.ant").write_text("model one_system()\n  var given;\n  taken := 1 - given;\nend\n")
    (tmp_path / "two.ant").write_text("model two_system()\n  var given;\n  taken := 2 * given;\nend\n")
    (tmp_path / "body.ant").write_text(
        'import "one.ant"\nimport "two.ant"\nmodel *body()\n  one: one_system();\n  two: two_system();\n'
        "  one.given is two.taken;\n  two.given is one.taken;\nend\n"
    )
    with pytest.raises(VagusError) as caught:
        rename = rename_with(dict.fromkeys(("one", "two")))
        text = compose(tmp_path / "body.ant")
        check_model(text, {}, tmp_path, rename)
    assert caught.value.code == "V206" and caught.value.file and caught.value.line
