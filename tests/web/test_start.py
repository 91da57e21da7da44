"""Starting: addresses, ports, folders; the demo; the chart; the command line does not know the web."""

import os
import socket
import subprocess
import sys
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from vagus.errors import VagusError
from vagus.observe import load_instrument
from vagus.web import demo
from vagus.web.access.models import User
from vagus.web.chart import Chart, Line, Mark, Panel, draw, draw_both, time_ticks
from vagus.web.demo import answers_of, fill, fill_people
from vagus.web.record.models import Alert, Entry, Person, Visit
from vagus.web.settings import database
from vagus.web.start import parser, prepare

from .server import serving, wait_for_people


@pytest.fixture
def environment() -> Any:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
    os.umask(0o022)


def asked(tmp_path: Path, *words: str) -> Any:
    return parser().parse_args(["serve", "--data", str(tmp_path / "clinic"), *words])


def test_other_addresses_need_a_certificate(tmp_path: Path, environment: None) -> None:
    for address in ("0.0.0.0", "192.0.2.1", "clinic.example"):
        with pytest.raises(VagusError, match="V701"):
            prepare(asked(tmp_path, "--address", address, "--port", "0"))
    with pytest.raises(VagusError, match="V101"):
        prepare(asked(tmp_path, "--address", "0.0.0.0", "--certificate", "none.pem", "--key", "none.pem"))


def test_a_port_in_use_is_told(tmp_path: Path, environment: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(VagusError, match="V709"):
            prepare(asked(tmp_path, "--port", str(taken.getsockname()[1])))
    with pytest.raises(VagusError, match="V709"):
        prepare(asked(tmp_path, "--port", "99999"))


def test_the_command_line_speaks_in_sentences(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "vagus.web",
        "serve",
        "--data",
        str(tmp_path / "x"),
        "--address",
        "0.0.0.0",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stderr.startswith("V701") and "Traceback" not in done.stderr


def test_a_restore_never_writes_over_records(tmp_path: Path) -> None:
    from vagus.web.backup import check_folder

    (tmp_path / "clinic.sqlite3").write_text("")
    with pytest.raises(VagusError, match="V707"):
        check_folder(tmp_path)


def test_the_database_address_is_read() -> None:
    entry = database("postgres://user:p%40ss@host:5433/name?sslmode=require")
    assert (entry["NAME"], entry["USER"], entry["PASSWORD"]) == ("name", "user", "p@ss")
    assert (entry["HOST"], entry["PORT"], entry["OPTIONS"]) == ("host", 5433, {"sslmode": "require"})


@pytest.mark.slow
def test_the_demo_fills_a_clinic(rolled_back: None) -> None:
    lines = fill()
    assert Person.objects.filter(virtual=True).count() == Person.objects.count() == 40
    assert {user.role for user in User.objects.all()} == {
        "administrator",
        "clinician",
        "staff",
        "patient",
        "researcher",
    }
    assert Entry.objects.count() > 1000 and Alert.objects.exists()
    assert len(lines) == 6 and len({line.split()[-1] for line in lines[1:]}) == 5
    secret = lines[-1].split()[-1]
    assert not User.objects.get(username="patient").check_password("patient")
    assert User.objects.get(username="patient").check_password(secret)
    fill()
    assert Person.objects.count() == 40


def test_a_demo_that_was_stopped_goes_on(rolled_back: None, monkeypatch: pytest.MonkeyPatch) -> None:
    small = ((*demo.GROUPS[1][:2], 3, (30, 10)), (*demo.GROUPS[4][:2], 2, (50, 30)))
    monkeypatch.setattr(demo, "GROUPS", small)
    fill()
    whole = [one.facts for one in Person.objects.all()]
    assert len(whole) == 5 and Person.objects.get(number=1).account.username == "patient"
    for rows in (Alert, Entry, Visit):  # as if it had been stopped after the second person
        rows.objects.filter(person__number__gt=2).delete()
    Person.objects.filter(number__gt=2).delete()
    assert fill_people() == 5
    assert [one.facts for one in Person.objects.all()] == whole


def test_the_demo_answers_before_its_people_are_there(tmp_path: Path) -> None:
    """And ends with whoever started it: `vagus serve` hands the signal on."""
    options = ("--demo", "--processes", "1", "--workers", "0")
    with serving(tmp_path / "clinic", *options, module="vagus") as served:
        assert "Accounts of this start" in served.log.read_text()
        with urllib.request.urlopen(f"{served.address}/login/", timeout=60) as answer:
            assert answer.status == 200
        wait_for_people(served)
        assert "40 virtual people are here." in served.log.read_text()
        port = int(served.address.rpartition(":")[2])
    with socket.socket() as trial:
        assert trial.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("total", [0, 1, 13, 27])
def test_answers_add_up(total: int) -> None:
    answers = answers_of("phq9", float(total), np.random.default_rng(1))
    scale = load_instrument("phq9")
    assert (
        sum(answers) == total and all(0 <= mark <= 3 for mark in answers) and len(answers) == len(scale.items)
    )


def test_a_chart_is_sound_and_says_what_it_shows() -> None:
    start = datetime(2026, 1, 1)
    marks = [Mark(start, 3.0, "<b>first</b>"), Mark(start + timedelta(days=9), 1.0, "second", "better")]
    line = Line([start, start + timedelta(days=9)], [2, 2], [1, 1], [3, 3], "plan", "a & b")
    panel = Panel("Score", "points", 0, 4, marks, [line], [(0, "none"), (2, "much")])
    end = start + timedelta(days=10)
    text = draw(
        Chart("Title", "Words", start, end, [panel], [(start, "a dose")], now=start + timedelta(days=5))
    )
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img" and "<b>" not in text and "style=" not in text
    titles = [each.text for each in root.iter("{http://www.w3.org/2000/svg}title")]
    assert {"Title", "a dose", "second", "a & b"} <= set(titles)


def test_a_chart_for_a_telephone_has_fewer_dates_and_ids_of_its_own() -> None:
    start = datetime(2026, 1, 1)
    panel = Panel("Score", "points", 0, 4, [Mark(start, 3.0, "first")], bands=[(0, "none"), (2, "much")])
    wide, narrow = draw_both(Chart("T", "W", start, start + timedelta(days=60), [panel]), "x").split(
        "only-narrow"
    )
    assert 'viewBox="0 0 400 ' in narrow and 'id="x-narrow-title"' in narrow and 'id="x-title"' in wide
    assert narrow.count('text-anchor="middle"') < wide.count('text-anchor="middle"') and ">much<" in narrow


@pytest.mark.parametrize("days", [1, 3, 20, 100, 800, 5000])
def test_ticks_are_few_and_inside(days: int) -> None:
    start = datetime(2026, 1, 1, 8)
    ticks = time_ticks(start, start + timedelta(days=days))
    assert 1 <= len(ticks) <= 9
    assert all(start <= when <= start + timedelta(days=days) for when, _ in ticks)
