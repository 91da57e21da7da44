"""The door of the package: few names, all of them there, and opening it changes nothing."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import vagus

MOST_NAMES = 25


def test_the_door_has_few_names() -> None:
    assert len(vagus.__all__) <= MOST_NAMES
    assert len(set(vagus.__all__)) == len(vagus.__all__)


def test_every_name_at_the_door_is_there() -> None:
    assert [name for name in vagus.__all__ if not hasattr(vagus, name)] == []


def test_no_other_name_is_at_the_door() -> None:
    others = {
        name
        for name, thing in vars(vagus).items()
        if not name.startswith("_") and not inspect.ismodule(thing) and name not in vagus.__all__
    }
    assert others == set()


def test_every_name_at_the_door_is_explained() -> None:
    public = {name: getattr(vagus, name) for name in vagus.__all__ if not name.startswith("_")}
    told = [name for name, thing in public.items() if callable(thing) and not inspect.getdoc(thing)]
    assert told == []


def test_opening_the_package_prints_and_writes_nothing(tmp_path: Path) -> None:
    code = "import vagus, sys; assert not {'matplotlib', 'django'} & set(sys.modules)"
    environment = os.environ | {"VAGUS_CACHE": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
