"""Backup, erasure, restore with the real commands: whoever was erased after a backup does not come back with it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vagus.errors import VagusError
from vagus.web.backup import erased_by_all
from vagus.web.folder import ERASED, erased_ids, extend_erased_list, read_erased_list
from vagus.web.record.erasing import erase, erase_again
from vagus.web.record.models import Person

PHRASE = {"VAGUS_PASSPHRASE": "a long enough passphrase"}
ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
START = (
    "import os, sys; os.environ |= {'VAGUS_DATA': sys.argv[1], 'DJANGO_SETTINGS_MODULE': 'vagus.web.settings'}\n"
    "import django; django.setup()\n"
    "from pathlib import Path\n"
    "from vagus.web.record.models import Person\n"
)
MAKE = START + (
    "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
    "from vagus.web.record.erasing import erase\n"
    "from vagus.web.record.writing import new_person, write_entry\n"
    "for name in ('Long Gone', 'Gone Later', 'Still Here'):\n"
    "    write_entry(new_person({'name': name}), 'note', {'text': f'about {name}'}, by=None)\n"
    "erase(Person.objects.get(number=1), Path(sys.argv[1]))\n"
)
ERASE = START + (
    "from vagus.web.record.erasing import erase\n"
    "one = Person.objects.get(number=2); print(one.pk, bytes(one.key).hex())\n"
    "erase(one, Path(sys.argv[1]))\n"
)
LOOK = START + (
    "from vagus.web.access.models import Audit\n"
    "from vagus.web.record.models import Entry\n"
    "print('|'.join(one.name for one in Person.objects.filter(erased_at=None)))\n"
    "print('|'.join(one.content['text'] for one in Entry.objects.all()))\n"
    "print('|'.join(f'{one.action}, {one.place}' for one in Audit.objects.order_by('pk')))\n"
)


def told(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=300)


def run(code: str, folder: Path, **environment: str) -> str:
    done = told([sys.executable, "-c", code, str(folder)], **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def web(*words: object) -> subprocess.CompletedProcess[str]:
    return told([sys.executable, "-m", "vagus.web", *map(str, words)], **PHRASE)


def test_who_was_erased_after_the_backup_stays_erased(tmp_path: Path) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    old.mkdir(mode=0o700)
    run(MAKE, old)
    assert web("backup", file, "--data", old).returncode == 0
    person, key = run(ERASE, old).split()  # after the backup: only the list of the folder in use knows
    kept_apart = tmp_path / "kept-apart.txt"
    kept_apart.write_text((old / ERASED).read_text())
    for each in sorted(old.iterdir()):  # the machine is lost
        each.unlink()

    other = tmp_path / "other.txt"
    other.write_text(f"{TWO}\n")
    for choice, code in (
        ([], "V710"),
        (["--erased", other], "V712"),
        (["--erased", kept_apart, "--no-later-erasures"], "not allowed with"),
    ):
        refused = web("restore", file, "--data", new, *choice)
        assert refused.returncode == 2 and code in refused.stderr and "Traceback" not in refused.stderr
        assert not (new / "clinic.sqlite3").exists()

    done = web("restore", file, "--data", new, "--erased", kept_apart, "--erased", other)
    assert done.returncode == 0 and "1 records were erased again" in done.stdout, done.stderr
    names, words, audit = run(LOOK, new).splitlines()
    assert names == "Still Here" and words == "about Still Here"
    assert audit == "restored, lists of erased records: 2|erased again, list of erased records"
    assert person in erased_ids(new / ERASED) and TWO in erased_ids(new / ERASED)
    database = b"".join(each.read_bytes() for each in new.glob("clinic.sqlite3*"))
    assert bytes.fromhex(key) not in database  # not even in a free page

    third = tmp_path / "third"
    done = web("restore", file, "--data", third, "--no-later-erasures")
    names, _, audit = run(LOOK, third).splitlines()
    assert names == "Gone Later|Still Here"  # the backup's own list counts in any case
    assert audit.startswith("restored, told: nobody was erased since")


def test_lists_are_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    extend_erased_list(path, [])
    assert read_erased_list(path) == set() and path.stat().st_mode & 0o077 == 0
    extend_erased_list(path, [TWO, ONE])
    extend_erased_list(path, [ONE])
    assert path.read_text().splitlines()[1:] == [ONE, TWO]
    assert read_erased_list(tmp_path / "list.txt") == {ONE, TWO}
    (tmp_path / ERASED).write_text(ONE.upper() + "\n")
    assert read_erased_list(tmp_path) == {ONE}  # a folder stands for the list in it
    for text in (b"", b"  \n", f"{ONE}\n{TWO[:20]}".encode(), b"\xff\xfe", b"name,born\n"):
        path.write_bytes(text)
        with pytest.raises(VagusError, match="V711"):
            read_erased_list(path)


def test_half_a_line_is_passed_over_and_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / ERASED
    path.write_text(f"{ONE}\n{TWO[:9]}")  # the machine stopped while this was written
    extend_erased_list(path, [TWO])
    assert erased_ids(path) == {ONE, TWO}


def test_lists_are_joined_and_never_older_than_the_backup() -> None:
    content = {"erased": f"{ONE}\n"}
    assert erased_by_all(content, []) == {ONE}
    assert erased_by_all(content, [{ONE}, {TWO}]) == {ONE, TWO}
    with pytest.raises(VagusError, match="V712"):
        erased_by_all(content, [{TWO}])


def test_a_second_place_holds_every_erasure(people: Any, tmp_path: Path, settings_: Any) -> None:
    folder, copy = tmp_path / "data", tmp_path / "apart" / "list.txt"
    folder.mkdir()
    settings_.ERASED_COPY = copy
    with pytest.raises(VagusError, match="V713"):  # the place is not there: nobody is erased
        erase(people["own"], folder)
    assert Person.objects.get(pk=people["own"].pk).erased_at is None and not (folder / ERASED).exists()
    copy.parent.mkdir()
    erase(people["own"], folder)
    assert erased_ids(copy) == erased_ids(folder / ERASED) == {str(people["own"].pk)}

    extend_erased_list(copy, [str(people["other"].pk)])  # erased on a machine that was lost
    assert erase_again(folder) == 1 and erase_again(folder) == 0
    assert Person.objects.get(pk=people["other"].pk).facts == {}
    assert erased_ids(folder / ERASED) == erased_ids(copy)


def test_the_administrator_takes_the_list_along(people: Any, signed_in: Any, tmp_path: Path) -> None:
    boss, other = signed_in("administrator"), people["other"]
    page = boss.post(f"/manage/retention/{other.pk}/", {"number": str(other.number)}, follow=True)
    assert "keep it off this machine" in page.content.decode()
    answer = boss.get("/manage/retention/list/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    (tmp_path / "list.txt").write_bytes(answer.content)
    assert str(other.pk) in read_erased_list(tmp_path / "list.txt")
