"""Making and opening cases, and every reason not to."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest

from core.domain import CaseDetails
from core.errors import BadInput, CaseDamaged, CaseTooNew, DiskFull, NoPermission, NotACase, NotFound
from core.store import audit, blobs, exhibits, opening
from core.store.connect import DATABASE
from tests.core.store.bundles import ask_sql, fingerprint, image_of, run_sql, with_hot_journal
from tests.core.store.generated import sha256_of
from tests.core.store.other_process import other_program


def _reopened(folder, **how):
    return closing(opening.open_case(folder, actor="A. Moreau", **how))


def _refusal(folder, kind):
    """The sentence with which both ways of opening refuse a case, after a check that neither changed a byte."""
    before = fingerprint(folder)
    sentences = set()
    for read_only in (False, True):
        with pytest.raises(kind) as caught:
            opening.open_case(folder, read_only=read_only, actor="A. Moreau")
        assert type(caught.value) is kind
        sentences.add(str(caught.value))
    assert fingerprint(folder) == before
    assert len(sentences) == 1
    assert str(folder) in min(sentences)
    return min(sentences)


def test_a_new_case_has_everything_a_bundle_needs(database, details):
    assert database.case.details == details
    assert database.case.path == database.folder
    assert not database.case.read_only
    assert database.evidence.is_dir()
    assert database.incoming.is_dir()
    assert database.derived.is_dir()
    assert database.incoming.parent == database.evidence


def test_a_case_at_rest_is_a_single_file_without_lock_or_log(closed_case):
    assert sorted(path.name for path in closed_case.iterdir()) == [DATABASE, "derived", "evidence"]
    assert ask_sql(closed_case, "PRAGMA journal_mode") == [("delete",)]


def test_the_suffix_is_appended_and_may_be_left_out(tmp_path, details):
    made = opening.create(tmp_path / "v1.2", details, "A. Moreau")
    made.close()
    assert made.folder == tmp_path / "v1.2.dnacase"
    with _reopened(tmp_path / "v1.2") as again:
        assert again.folder == made.folder


@pytest.mark.parametrize("name", ["a b?c=d%20#é&mode=ro", "日本語", "-rf"])
def test_any_name_will_do(tmp_path, details, name):
    opening.create(tmp_path / name, details, "A. Moreau").close()
    with _reopened(tmp_path / name) as again:
        assert again.case.details == details


@pytest.mark.skipif(sys.platform != "linux", reason="file names of other systems are Unicode")
def test_a_name_that_is_not_unicode_will_do(tmp_path, details):
    opening.create(tmp_path / "caf\udce9", details, "A. Moreau").close()
    with _reopened(tmp_path / "caf\udce9") as again:
        assert again.case.details == details


def test_a_taken_path_is_left_alone(tmp_path, details):
    taken = tmp_path / "taken.dnacase"
    taken.mkdir()
    with pytest.raises(BadInput, match="exists already"):
        opening.create(taken, details, "A. Moreau")
    assert list(taken.iterdir()) == []


def test_a_case_needs_a_title_and_leaves_nothing_without(tmp_path):
    with pytest.raises(BadInput, match="title"):
        opening.create(tmp_path / "new", CaseDetails("  "), "A. Moreau")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_parent_is_a_sentence(tmp_path, details):
    with pytest.raises(NotFound, match="does not exist"):
        opening.create(tmp_path / "no" / "where", details, "A. Moreau")


def test_a_full_drive_while_making_leaves_nothing(tmp_path, details, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(blobs, "make_folders", full)
    with pytest.raises(DiskFull, match="no space"):
        opening.create(tmp_path / "new", details, "A. Moreau")
    assert list(tmp_path.iterdir()) == []


def test_opening_says_who_in_the_log(closed_case):
    with _reopened(closed_case) as database, database.reading() as session:
        first, *_, last = audit.entries(session)
    assert (first.action, first.actor, first.payload["title"]) == ("case.create", "A. Moreau", "Missing heiress")
    assert (last.action, last.actor, last.payload) == ("case.open", "A. Moreau", {})


def test_no_folder_a_file_and_any_other_folder_are_no_cases(tmp_path):
    (tmp_path / "file.dnacase").write_text("hello")
    (tmp_path / "photos").mkdir()
    for name, why in (("nothing", "does not exist"), ("file.dnacase", "is a file"), ("photos", "has no case.sqlite")):
        with pytest.raises(NotACase, match=why):
            opening.open_case(tmp_path / name, actor="A. Moreau")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.dnacase", "photos"]


def test_the_database_of_another_program_is_no_case(closed_case):
    run_sql(closed_case, "PRAGMA application_id = 0")
    assert "not made by this program" in _refusal(closed_case, NotACase)


def test_a_link_in_place_of_a_part_is_no_case(closed_case, tmp_path):
    shutil.move(closed_case / "evidence", tmp_path / "elsewhere")
    (closed_case / "evidence").symlink_to(tmp_path / "elsewhere")
    assert "is a link" in _refusal(closed_case, NotACase)


def test_a_newer_case_is_refused_untouched(closed_case):
    run_sql(closed_case, "UPDATE alembic_version SET version_num = '9999'")
    sentence = _refusal(closed_case, CaseTooNew)
    assert "newer version" in sentence
    assert "9999" in sentence


def test_a_number_that_was_never_given_out_is_damage(closed_case):
    run_sql(closed_case, "UPDATE alembic_version SET version_num = '0000x'")
    assert "never given out" in _refusal(closed_case, CaseDamaged)


def test_a_case_without_its_number_is_damaged(closed_case):
    run_sql(closed_case, "DELETE FROM alembic_version")
    assert "which version" in _refusal(closed_case, CaseDamaged)


@pytest.mark.parametrize("kept", [0, 99, 512, 4096, 20_000, -1])
def test_a_truncated_database_is_damaged(closed_case, kept):
    content = (closed_case / DATABASE).read_bytes()
    (closed_case / DATABASE).write_bytes(content[:kept])
    assert "is damaged" in _refusal(closed_case, CaseDamaged)


def test_random_bytes_are_damage(closed_case):
    (closed_case / DATABASE).write_bytes(os.urandom(50_000))
    assert "is damaged" in _refusal(closed_case, CaseDamaged)


def test_overwritten_pages_are_damage(closed_case):
    content = bytearray((closed_case / DATABASE).read_bytes())
    page = 4096
    for start in range(page, len(content), page):
        content[start : start + 64] = os.urandom(64)
    (closed_case / DATABASE).write_bytes(content)
    _refusal(closed_case, CaseDamaged)


def test_an_index_that_disagrees_with_its_table_is_damage(closed_case):
    row = ask_sql(closed_case, "SELECT rootpage FROM sqlite_schema WHERE name = 'exhibit_by_name'")[0][0]
    run_sql(
        closed_case,
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_schema SET sql = 'CREATE INDEX exhibit_by_name ON exhibit (container)' WHERE rootpage = {row}",
    )
    _refusal(closed_case, CaseDamaged)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TRIGGER evil AFTER INSERT ON exhibit BEGIN DELETE FROM note; END", "a trigger named 'evil'"),
        ("CREATE TRIGGER evil AFTER UPDATE ON alembic_version BEGIN DELETE FROM note; END", "a trigger named 'evil'"),
        ("CREATE VIEW evil AS SELECT * FROM exhibit", "a view named 'evil'"),
        ("CREATE TABLE evil (a)", "a table named 'evil'"),
        ("CREATE INDEX evil ON exhibit (abs(width))", "a index named 'evil'"),
        ("ALTER TABLE exhibit ADD COLUMN evil AS (length(name))", "a table named 'exhibit'"),
        ("DROP TRIGGER audit_not_changed", "trigger 'audit_not_changed' is missing"),
        ("DROP INDEX exhibit_by_name", "index 'exhibit_by_name' is missing"),
    ],
)
def test_a_schema_that_is_not_ours_is_refused(closed_case, statement, said):
    run_sql(closed_case, statement)
    assert said in _refusal(closed_case, CaseDamaged)


def test_a_defused_trigger_is_refused(closed_case):
    run_sql(
        closed_case,
        "DROP TRIGGER audit_not_removed",
        "CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit WHEN 0 BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    assert "audit_not_removed" in _refusal(closed_case, CaseDamaged)


def test_the_tables_that_analyze_makes_are_no_reason_to_refuse(closed_case):
    run_sql(closed_case, "ANALYZE")
    _reopened(closed_case).thing.close()


def test_derived_files_may_be_gone(closed_case):
    shutil.rmtree(closed_case / "derived")
    with _reopened(closed_case) as database:
        assert database.derived.is_dir()


def test_unfinished_copies_are_swept_away_at_the_next_opening(closed_case):
    blobs.incoming_path(closed_case).write_bytes(b"half a picture")
    with _reopened(closed_case, read_only=True):
        assert len(list((closed_case / "evidence" / ".incoming").iterdir())) == 1
    with _reopened(closed_case) as database:
        assert list(database.incoming.iterdir()) == []


def test_what_was_committed_before_a_kill_is_there(database, tmp_path):
    with database.writing() as transaction:
        audit.append(transaction, "last", {})
    image = image_of(database.folder, tmp_path / "image.dnacase")
    assert (image / "case.sqlite-wal").stat().st_size > 0
    for read_only in (True, False):
        with _reopened(image, read_only=read_only) as again, again.reading() as session:
            assert again.case == again.case
            assert "last" in [entry.action for entry in audit.newest(session)]


def test_a_transaction_that_a_kill_cut_short_is_gone(closed_case, tmp_path, details):
    image = with_hot_journal(closed_case, tmp_path / "image.dnacase")
    for read_only in (True, False):
        with _reopened(image, read_only=read_only) as database, database.reading() as session:
            assert database.case.details == details
            assert exhibits.get(session, 1).name == "IMG_0.jpg"


def test_no_right_to_write_is_a_sentence_that_offers_reading(closed_case, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not (mode & os.W_OK))
    before = fingerprint(closed_case)
    with pytest.raises(NoPermission, match="read-only"):
        opening.open_case(closed_case, actor="A. Moreau")
    assert fingerprint(closed_case) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become nobody")
def test_nobody_can_read_a_case_that_only_its_owner_may_write(closed_case):
    for folder in closed_case.parents:
        if not folder.stat().st_mode & 0o005:  # pytest's own folders are closed to others
            folder.chmod(0o755)
    before = fingerprint(closed_case)
    with other_program() as nobody:
        assert nobody.ask("become nobody", str(closed_case)) == "nobody"
        kind, sentence = nobody.ask("open", str(closed_case))
        assert nobody.ask("open", str(closed_case), "Nobody", True) == "open"
        assert nobody.ask("title", str(closed_case)) == "Missing heiress"
    assert kind == "NoPermission"
    assert "read-only" in sentence
    assert fingerprint(closed_case) == before


def test_a_folder_without_rights_is_readable(closed_case):
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folders = [closed_case, *(path for path in closed_case.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        with _reopened(closed_case, read_only=True) as database, database.reading() as session:
            assert exhibits.by_sha256(session, sha256_of(1)) is not None
        with pytest.raises(NoPermission, match="read-only"):
            opening.open_case(closed_case, actor="A. Moreau")
    finally:
        for path in folders:
            path.chmod(0o755)


def test_a_drive_without_a_write_ahead_log_is_served_by_the_journal(closed_case, monkeypatch):
    monkeypatch.setattr(opening, "is_network_drive", lambda _: True)
    with _reopened(closed_case) as database:
        with database.writing() as transaction:
            audit.append(transaction, "on the network", {})
            modes = transaction.connection().exec_driver_sql("PRAGMA journal_mode").all()
            assert modes == [("delete",)]
        assert not (closed_case / "case.sqlite-wal").exists()
        with database.reading() as session:
            assert audit.newest(session)[0].action == "on the network"


def test_a_reader_in_the_way_of_the_log_is_served_by_the_journal(closed_case, monkeypatch):
    monkeypatch.setattr("core.store.connect._BUSY_MS", 50)
    monkeypatch.setattr("core.store.connect._WRITING", ("PRAGMA busy_timeout = 50",))
    with closing(sqlite3.connect(closed_case / DATABASE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM exhibit").fetchone()
        with pytest.raises(Exception, match="holds its database"):  # its journal needs the reader gone to commit
            opening.open_case(closed_case, actor="A. Moreau")
        reader.execute("ROLLBACK")
    _reopened(closed_case).thing.close()
