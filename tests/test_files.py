"""A file is there whole or not at all, and what had its name before survives a write that fails."""

import os
from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.files import whole_file


def test_a_file_takes_its_name_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "scores.csv"
    with whole_file(target) as part:
        part.write_text("all of it")
        assert part.suffix == ".csv" and not target.exists()
    assert target.read_text() == "all of it" and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_is_broken_off_leaves_what_was_there(trouble: BaseException, tmp_path: Path) -> None:
    target = tmp_path / "scores.csv"
    target.write_text("before")
    with pytest.raises((VagusError, KeyboardInterrupt)) as caught, whole_file(target) as part:
        part.write_text("half of")
        raise trouble
    if isinstance(caught.value, VagusError):
        assert (caught.value.code, caught.value.file) == ("V603", str(target))
    assert target.read_text() == "before" and list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("before")
    os.chmod(target, 0o600)
    link.symlink_to(target)
    with whole_file(link) as part:
        part.write_text("after")
    assert link.is_symlink() and target.read_text() == "after" and target.stat().st_mode & 0o777 == 0o600


def test_a_folder_replaces_a_folder_but_never_a_file_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "people.zarr"
    target.mkdir()
    (target / "old").touch()
    with whole_file(target) as part:
        part.mkdir()
        (part / "new").touch()
    assert [each.name for each in target.iterdir()] == ["new"]
    with pytest.raises(VagusError, match="V603"), whole_file(target) as part:
        part.write_text("a file")
    assert [each.name for each in target.iterdir()] == ["new"]


@pytest.mark.parametrize("name", ["none/told.txt", "nul\0.txt", "x" * 300, "pipe"])
def test_a_place_that_cannot_be_written_is_an_error(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(VagusError, match="V603"), whole_file(tmp_path / name, hint="elsewhere") as part:
        part.write_text("text")
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]
