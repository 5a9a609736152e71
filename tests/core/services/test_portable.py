"""Cases that travel: a part of a case, with what is known of it and the log so far."""

import json
import shutil
import sqlite3

import pytest

from core.custody import ClaimState, CustodyForm, CustodyKind
from core.domain import CaseDetails, ExhibitFilter
from core.errors import BadInput, Cancelled, EvidenceChanged, NotFound
from core.progress import Progress
from core.services.workspace import Workspace
from core.store import blobs, chain, origin_check
from tests.conftest import save_pictures


@pytest.fixture
def workspace(tmp_path, installed):
    """A case with four exhibits, attributed; notes, tags, views, a group and custody on some."""
    with Workspace() as made:
        made.cases.create(tmp_path / "a", CaseDetails("Heiress", "17", "A. Moreau"))
        made.custody.add(custody_form("Letter"))  # before there are exhibits: about the whole case
        made.intake.take([save_pictures(tmp_path / "in", 4)])
        made.analysis.attribute()
        ids = made.exhibits.ids(ExhibitFilter())
        made.exhibits.note(ids[0], "seen on the stairs")
        made.exhibits.note(ids[3], "a secret of another person")
        made.views.write(ids[1], "real", "grain")
        made.groups.make("pair", ids[:2])
        first = made.custody.add(custody_form("Envelope 1"), ids[:1]).value
        made.custody.add(custody_form("Envelope 1, corrected"), ids[:2], corrects=first.id)
        yield made


def custody_form(item):
    from datetime import UTC, datetime

    return CustodyForm(CustodyKind.RECEIVED, datetime(2026, 11, 20, 9, tzinfo=UTC), "Court", "Lab", item)


def ids_of(workspace):
    return tuple(workspace.exhibits.ids(ExhibitFilter()))


def rows(folder, query):
    connection = sqlite3.connect(f"file:{folder / 'case.sqlite'}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_chosen_exhibits_become_a_case_with_everything_known_of_them(workspace, tmp_path):
    ids = ids_of(workspace)
    source = workspace.cases.current.path
    kept = {query: rows(source, query) for query in QUERIES}
    made = workspace.portable.export(tmp_path / "part", ids[:2]).value
    assert made == tmp_path / "part.dnacase"
    assert workspace.cases.log(1)[0].action == "case.export"
    for query, before in kept.items():
        assert rows(made, query) == [row for row in before if row[0] in ids[:2]], query
    with Workspace() as other:
        case = other.cases.open(made)
        assert case.details.title == "Heiress (extract: 2 exhibits)"
        assert case.uid != workspace.cases.current.uid
        assert ids_of(other) == ids[:2]
        assert other.views.of(ids[1])[0].text == "grain"
        assert other.groups.all()[0].exhibit_ids == ids[:2]
        assert {event.form.item for event in other.custody.all()} == {"Letter", "Envelope 1", "Envelope 1, corrected"}
        assert other.integrity.recheck().value.intact == 2
        other.exhibits.note(ids[0], "and it can be worked in")
        verified = other.verification.case(made)
        assert verified.passed, [claim for claim in verified.claims if claim.state is ClaimState.FAILED]


QUERIES = (
    "SELECT id, sha256, md5, name, verdict, architecture, score, has_note FROM exhibit ORDER BY id",
    "SELECT exhibit_id, id, scores, feature, conditions, made_at FROM finding ORDER BY id",
    "SELECT exhibit_id, path, seen_at FROM occurrence ORDER BY id",
    "SELECT exhibit_id, text, made_by FROM note ORDER BY exhibit_id",
    "SELECT exhibit_id, facts FROM exhibit_facts ORDER BY exhibit_id",
)


def test_the_log_comes_along_without_what_it_says_of_others(workspace, tmp_path):
    ids = ids_of(workspace)
    made = workspace.portable.export(tmp_path / "part", ids[:2]).value
    text = (made / "case.sqlite").read_bytes()
    assert b"a secret of another person" not in text
    assert b"picture-0003" not in text
    told = rows(made, "SELECT sequence, action, payload FROM origin_entry ORDER BY sequence")
    ours = rows(workspace.cases.current.path, "SELECT sequence, action, payload FROM audit ORDER BY sequence")
    assert [(number, action) for number, action, _ in told] == [(number, action) for number, action, _ in ours[:-1]]
    assert any(json.loads(payload).get("exhibit") == ids[1] for _, action, payload in told if action == "view.add")
    with Workspace() as other:
        other.cases.open(made, read_only=True)
        with other.cases.database.reading() as session:
            assert origin_check.claim(session).state is ClaimState.PASSED


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE origin_entry SET payload = replace(payload, 'real', 'generated') WHERE action = 'view.add'",
        "UPDATE origin_entry SET actor = 'B' WHERE sequence = 3",
        "UPDATE origin_entry SET signature = replace(signature, '1', '2') WHERE signature != ''",
        "DELETE FROM origin_entry WHERE sequence = (SELECT max(sequence) FROM origin_entry)",
        "DELETE FROM origin_entry WHERE sequence = 2",
        "DELETE FROM origin",
        "UPDATE origin SET head_digest = substr(head_digest, 2) || substr(head_digest, 1, 1)",
    ],
)
def test_a_log_of_the_origin_that_was_edited_is_found(workspace, tmp_path, change):
    made = workspace.portable.export(tmp_path / "part", ids_of(workspace)[:2]).value
    connection = sqlite3.connect(made / "case.sqlite")
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    assert connection.execute(change).rowcount > 0
    connection.commit()
    from sqlalchemy import StaticPool

    from core.store.connect import engine_of
    from core.store.session import CaseSession

    engine = engine_of(lambda: connection, StaticPool, "BEGIN")
    with CaseSession(engine, folder=made, read_only=True) as session:
        assert origin_check.claim(session).state is ClaimState.FAILED
    connection.close()


def test_a_case_made_afresh_has_no_origin(workspace):
    with workspace.cases.database.reading() as session:
        assert not origin_check.is_extract(session)
        assert chain.head(session).sequence > 0


def test_what_cannot_be_exported_leaves_nothing(workspace, tmp_path):
    ids = ids_of(workspace)
    taken = tmp_path / "taken.dnacase"
    taken.mkdir()
    for chosen, target, error, words in (
        (ids, tmp_path / "taken", BadInput, "exists already"),
        ((), tmp_path / "x", BadInput, "No exhibit"),
        ((999,), tmp_path / "x", NotFound, "999"),
    ):
        with pytest.raises(error, match=words):
            workspace.portable.export(target, chosen)
    exhibit = workspace.exhibits.get(ids[0])
    evidence = blobs.evidence_path(workspace.cases.current.path, exhibit.sha256)
    evidence.chmod(0o644)
    evidence.write_bytes(b"another picture")
    with pytest.raises(EvidenceChanged, match=exhibit.sha256):
        workspace.portable.export(tmp_path / "x", ids)
    evidence.unlink()
    with pytest.raises(NotFound):
        workspace.portable.export(tmp_path / "x", ids)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        workspace.portable.export(tmp_path / "x", ids[1:], progress=progress)
    assert {path.name for path in tmp_path.iterdir()} == {"a.dnacase", "in", "taken.dnacase"}
    assert workspace.cases.log(1)[0].action != "case.export"


def test_a_blind_case_stays_blind_in_its_part(tmp_path, installed):
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "a", CaseDetails("Blind", blind=True))
        workspace.intake.take([save_pictures(tmp_path / "in", 2)])
        workspace.analysis.attribute()
        made = workspace.portable.export(tmp_path / "part", ids_of(workspace)[:1]).value
        workspace.cases.open(made)
        assert workspace.views.hidden(ids_of(workspace)[0])


def test_archived_and_back_on_a_computer_that_knows_nothing_of_it(workspace, tmp_path, monkeypatch):
    packed = workspace.portable.archive(tmp_path / "kept").value
    assert workspace.cases.log(1)[0].payload["sha256"] == packed.sha256
    monkeypatch.setenv("DNADET_HOME", str(tmp_path / "another user"))
    (tmp_path / "elsewhere").mkdir()
    with Workspace() as other:
        back = other.portable.restore(packed.path, tmp_path / "elsewhere", name="back")
        verified = other.verification.case(back)
        assert verified.passed
        assert claim(verified, "log anchored").state is ClaimState.UNCHECKED
        assert "never seen" in " ".join(claim(verified, "log signed").details)
        other.cases.open(back, read_only=True)
        assert len(ids_of(other)) == 4
        again = other.portable.archive(tmp_path / "again").value
        assert again.files == packed.files


def broken(verification):
    return [claim for claim in verification.claims if claim.state is ClaimState.FAILED]


def claim(verification, name):
    return next(one for one in verification.claims if one.name == name)


def test_an_older_state_that_was_archived_is_no_cut_log_and_the_original_no_forgery(workspace, tmp_path):
    source = workspace.cases.current.path
    packed = workspace.portable.archive(tmp_path / "kept").value
    workspace.exhibits.note(ids_of(workspace)[2], "written after the archive was made")
    (tmp_path / "elsewhere").mkdir()
    back = workspace.portable.restore(packed.path, tmp_path / "elsewhere")
    verified = workspace.verification.case(back)
    assert broken(verified) == []
    anchored = claim(verified, "log anchored")
    assert (anchored.state, "out of an archive" in anchored.sentence) == (ClaimState.UNCHECKED, True)
    workspace.cases.open(back)
    workspace.exhibits.note(ids_of(workspace)[2], "something else in the copy")
    assert broken(workspace.verification.case(back)) == []
    workspace.cases.open(source)
    assert broken(workspace.verification.case(source)) == []
    workspace.cases.open(back)
    workspace.cases.close()
    assert broken(workspace.verification.case(source)) == []
    assert broken(workspace.verification.case(back)) == []


def test_brought_back_twice_and_worked_on_in_all_three(workspace, tmp_path):
    source = workspace.cases.current.path
    packed = workspace.portable.archive(tmp_path / "kept").value
    one = workspace.portable.restore(packed.path, tmp_path, name="one")
    places = [one, source, one]
    for number, place in enumerate(places):
        workspace.cases.open(place)
        workspace.exhibits.note(ids_of(workspace)[0], f"note {number}")
    two = workspace.portable.restore(packed.path, tmp_path, name="two")
    for number, place in enumerate((two, source, one, two)):
        workspace.cases.open(place)
        workspace.exhibits.note(ids_of(workspace)[0], f"further note {number}")
    workspace.cases.close()
    for place in (source, one, two):
        assert broken(workspace.verification.case(place)) == [], place


def test_an_older_copy_that_was_never_archived_is_still_told(workspace, tmp_path):
    source = workspace.cases.current.path
    workspace.cases.close()
    shutil.copytree(source, tmp_path / "copy.dnacase")
    workspace.cases.open(source)
    workspace.cases.close()
    assert claim(workspace.verification.case(tmp_path / "copy.dnacase"), "log anchored").state is ClaimState.FAILED


def test_an_archive_with_a_foreign_database_is_not_kept(workspace, tmp_path):
    import hashlib
    import zipfile

    from core.store.packing import LIST_NAME, SCHEMA

    data = b"SQLite format 3\0" + bytes(4080)
    row = {"path": "case.sqlite", "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("case.sqlite", data)
        archive.writestr(LIST_NAME, json.dumps({"schema": SCHEMA, "files": [row]}))
    with pytest.raises(BadInput):
        workspace.portable.restore(tmp_path / "bad.zip", tmp_path)
    assert not (tmp_path / "bad.dnacase").exists()
    shutil.rmtree(tmp_path / "in")
