"""Sealing, audit, erasure, backup, export: what protects people when something goes wrong."""

import csv
import io
import json
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from vagus.errors import VagusError
from vagus.web.access.models import Audit
from vagus.web.backup import open_backup, restore_rows, write_backup
from vagus.web.folder import ERASED, erased_ids, master_key, safe_folder
from vagus.web.record.erasing import erase, erase_again
from vagus.web.record.export import everything, safe_cell
from vagus.web.record.models import Alert, Entry, Person
from vagus.web.record.research import research_files, shift_days
from vagus.web.record.writing import new_person, write_entry
from vagus.web.seal import new_key, seal, unseal

from .world import score_for, visit_for


def test_a_seal_opens_only_in_its_place(clinic: Any) -> None:
    key = new_key()
    sealed = seal(key, "here", {"a": "word"})
    assert unseal(key, "here", sealed) == {"a": "word"} and b"word" not in sealed
    for other_key, place, content in (
        (key, "there", sealed),
        (new_key(), "here", sealed),
        (key, "here", sealed[:-1] + b"x"),
    ):
        with pytest.raises(VagusError, match="V703"):
            unseal(other_key, place, content)
    with pytest.raises(VagusError, match="V704"):
        unseal(None, "here", sealed)
    with pytest.raises(VagusError, match="V704"):
        seal(None, "here", {})


def test_nothing_clinical_lies_open_in_the_database(people: Any, accounts: Any) -> None:
    visit_for(people["own"], accounts["staff"])
    write_entry(people["own"], "note", {"text": "UNMISTAKABLE"}, by=accounts["clinician"])
    for table in ("record_person", "record_entry", "record_visit", "access_audit"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            text = repr(cursor.fetchall())
        assert "UNMISTAKABLE" not in text and "Own Person" not in text


def test_every_look_and_change_is_in_the_audit(people: Any, accounts: Any, signed_in: Any) -> None:
    doctor, own = signed_in("clinician"), people["own"]
    doctor.get(f"/people/{own.pk}/")
    doctor.post(
        f"/people/{own.pk}/note/",
        {"at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "text": "SECRETWORD"},
    )
    doctor.get(f"/people/{people['secret'].pk}/")
    doctor.post(f"/people/{own.pk}/note/", {"at": "", "text": ""})
    rows = list(
        Audit.objects.filter(user=str(accounts["clinician"].pk)).values_list("action", "place", "person_id")
    )
    assert rows == [
        ("look", "person", str(own.pk)),
        ("change", "note", str(own.pk)),
        ("refused", "person", ""),
        ("asked", "note", str(own.pk)),
    ]
    entry = Entry.objects.get()
    assert Audit.objects.get(action="change").object_id == str(entry.pk)
    assert "SECRETWORD" not in repr(list(Audit.objects.values()))


def test_the_audit_only_grows(accounts: Any) -> None:
    line = Audit.objects.create(user="u", role="r", action="look", place="p")
    for change in (
        lambda: Audit.objects.filter(pk=line.pk).update(user="other"),
        lambda: Audit.objects.filter(pk=line.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()
    with pytest.raises(TypeError):
        Audit.objects.get(pk=line.pk).save()
    with pytest.raises(TypeError):
        line.delete()


def test_an_erased_person_is_gone_and_the_audit_stays(
    people: Any, accounts: Any, signed_in: Any, tmp_path: Path
) -> None:
    own = people["own"]
    entry = score_for(own, accounts["staff"], [1] * 9)
    sealed, key = bytes(entry.sealed), bytes(own.key)
    signed_in("staff").get(f"/people/{own.pk}/")
    erase(own, tmp_path)
    left = Person.objects.get(pk=own.pk)
    assert left.key is None and left.sealed is None and left.erased_at and left.facts == {}
    assert not Entry.objects.filter(person=own).exists()
    assert Audit.objects.filter(person_id=str(own.pk)).exists()
    assert signed_in("staff").get(f"/people/{own.pk}/").status_code == 404
    assert str(own.pk) in erased_ids(tmp_path / ERASED)
    assert (
        unseal(key, str(entry.pk), sealed)["total"] == 9
    )  # with the key it could be read; the key is what is gone
    accounts["patient"].refresh_from_db()
    assert not accounts["patient"].is_active


def test_the_administrator_erases_by_number(people: Any, signed_in: Any) -> None:
    boss, other = signed_in("administrator"), people["other"]
    address = f"/manage/retention/{other.pk}/"
    boss.post(address, {"number": "999"})
    assert Person.objects.get(pk=other.pk).erased_at is None
    boss.post(address, {"number": str(other.number)})
    assert Person.objects.get(pk=other.pk).erased_at is not None


def test_backup_and_restore(people: Any, accounts: Any, tmp_path: Path) -> None:
    score_for(people["own"], accounts["staff"], [1] * 9)
    erased = people["other"]
    path = tmp_path / "backup.bin"
    count = write_backup(path, "a long enough passphrase")
    assert path.stat().st_mode & 0o077 == 0 and b"Own Person" not in path.read_bytes()
    with pytest.raises(VagusError, match="V705"):
        open_backup(path, "another passphrase here")
    damaged = tmp_path / "damaged.bin"
    damaged.write_bytes(path.read_bytes()[:-3] + b"abc")
    with pytest.raises(VagusError, match="V705"):
        open_backup(damaged, "a long enough passphrase")
    with pytest.raises(VagusError, match="V706"):
        write_backup(tmp_path / "x", "short")
    with pytest.raises(VagusError, match="V603"):
        write_backup(path, "a long enough passphrase")

    content = open_backup(path, "a long enough passphrase")
    assert content["key"] == settings.MASTER_KEY.hex()
    before = {str(p.pk): dict(p.facts) for p in Person.objects.all()}
    scores = [row.content for row in Entry.objects.select_related("person")]
    erase(erased, tmp_path)  # erased after the backup was made
    Entry.objects.all().update(replaces=None)
    assert restore_rows(content) == count
    after = {str(p.pk): dict(p.facts) for p in Person.objects.all()}
    assert after == before and [row.content for row in Entry.objects.select_related("person")] == scores
    assert erase_again(tmp_path) == 1
    assert Person.objects.get(pk=erased.pk).facts == {}


def test_everything_comes_out_as_csv(people: Any, accounts: Any) -> None:
    score_for(people["own"], accounts["staff"], [1] * 9)
    write_entry(people["own"], "note", {"text": "=cmd|' /C calc'!A0"}, by=accounts["clinician"])
    files = everything()
    rows = list(csv.DictReader(io.StringIO(files["score.csv"])))
    assert rows[0]["total"] == "9.0" and json.loads(rows[0]["answers"]) == [1.0] * 9
    assert {row["name"] for row in csv.DictReader(io.StringIO(files["people.csv"]))} == {
        "Own Person",
        "Other Person",
        "Secret Person",
    }
    assert next(csv.DictReader(io.StringIO(files["note.csv"])))["text"].startswith("'=")
    assert [safe_cell(each) for each in ("+1", "@x", "plain", 3)] == ["'+1", "'@x", "plain", 3]


def consenting(count: int, accounts: Any, age: int, **facts: Any) -> list[Person]:
    found = []
    for k in range(count):
        born = f"{timezone.localdate().year - age}-01-01"
        person = new_person({"name": f"Name{age}x{k}", "born": born, "sex": "female", **facts})
        write_entry(person, "consent", {"what": "research", "given": "yes"}, by=accounts["staff"])
        write_entry(person, "condition", {"key": "mdd"}, by=accounts["staff"])
        content = {"instrument": "phq9", "total": 9.0, "answers": [1.0] * 9, "note": "FREEWORDS"}
        write_entry(person, "score", content, by=accounts["staff"])
        write_entry(person, "score", content, by=accounts["staff"], at=timezone.now() - timedelta(days=10))
        found.append(person)
    return found


def test_the_research_export_hides_people(people: Any, accounts: Any, signed_in: Any) -> None:
    many = consenting(6, accounts, 45)
    old = consenting(1, accounts, 93)
    refused = consenting(1, accounts, 46)[0]
    write_entry(refused, "consent", {"what": "research", "given": "no"}, by=accounts["staff"])
    response = signed_in("researcher").post("/research/export/")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert files == research_files()
    text = "".join(files.values())
    for hidden in ("Name45", "FREEWORDS", "Own Person", str(many[0].pk), "witness", "words"):
        assert hidden not in text
    rows = list(csv.DictReader(io.StringIO(files["people.csv"])))
    assert len(rows) == 7
    shown = [row for row in rows if row["age"] == "40-49"]
    alone = [row for row in rows if row["age"] == "not shown"]
    assert len(shown) == 6 and len(alone) == 1 and alone[0]["sex"] == "not shown"
    scores = list(csv.DictReader(io.StringIO(files["score.csv"])))
    today = timezone.localdate().isoformat()
    assert all(row["at"][:10] < today for row in scores)
    for person in (*many, *old):
        assert -365 <= shift_days(person) <= -1
    assert len({shift_days(person) for person in many}) > 1


def test_ages_above_the_oldest_are_one_group(accounts: Any) -> None:
    consenting(5, accounts, 91)
    consenting(1, accounts, 97)
    rows = csv.DictReader(io.StringIO(research_files()["people.csv"]))
    assert {row["age"] for row in rows} == {"over 89"}


def test_the_folder_is_closed_to_others(tmp_path: Path) -> None:
    made = safe_folder(tmp_path / "new")
    assert made.stat().st_mode & 0o777 == 0o700 and (made / "master.key").stat().st_mode & 0o777 == 0o600
    assert master_key(made) == master_key(made) and len(master_key(made)) == 32
    open_one = tmp_path / "open"
    open_one.mkdir(mode=0o755)
    with pytest.raises(VagusError, match="V700"):
        safe_folder(open_one)
    (tmp_path / "file").write_text("")
    with pytest.raises(VagusError, match="V702"):
        safe_folder(tmp_path / "file" / "below")
    (made / "master.key").write_text("nonsense")
    with pytest.raises(VagusError, match="V703"):
        master_key(made)


def test_what_raised_an_alert_is_sealed(people: Any, accounts: Any, signed_in: Any) -> None:
    score_for(people["own"], accounts["staff"], [1] * 9)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM record_alert")
        assert "phq9" not in repr(cursor.fetchall())
    told = signed_in("staff").get("/api/alerts").json()[0]
    assert (
        told["rule"] == "phq9 item 9"
        and "PHQ-9 item 9" in signed_in("staff").get("/alerts/").content.decode()
    )
    alert = Alert.objects.get()
    signed_in("staff").post(f"/alerts/{alert.pk}/", {"note": "Asked about it, safety plan gone through."})
    assert Alert.objects.get().cause == "phq9 item 9" and Alert.objects.get().acknowledged_at is not None
    Alert.objects.update(rule="phq9 item 9", sealed=seal(people["own"].key, str(alert.pk), {"note": ""}))
    assert Alert.objects.get().cause == "phq9 item 9"  # written before it was sealed


def test_no_name_lies_open_in_a_session(people: Any, signed_in: Any) -> None:
    doctor, facts = signed_in("clinician"), {"born": "1980-05-04", "sex": "female", "weight": "70"}
    for k in range(4):
        doctor.post("/people/new/", {"name": f"UNMISTAKABLE {k} " + "x" * 90, **facts})
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert kept and "UNMISTAKABLE" not in repr(kept)


def test_a_pdf_is_made_without_the_disk(people: Any, accounts: Any, signed_in: Any, monkeypatch: Any) -> None:
    score_for(people["own"], accounts["staff"], [1] * 9)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a file was made")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    monkeypatch.setattr(Path, "write_text", refuse)
    assert signed_in("staff").get(f"/people/{people['own'].pk}/pdf/").content.startswith(b"%PDF")
