"""Records and files that were tampered with: verification says which, and since when."""

import hashlib
import shutil
from contextlib import closing

import pytest

from core.custody import ClaimState
from core.errors import NotFound
from core.log_chain import genesis
from core.services.verification import CaseVerification
from core.store import audit, chain, journal, opening
from core.store.connect import DATABASE, open_for_writing
from core.store.schema import IssuedReportRow
from tests.core.services.lived_in import copy_of_lived_in_case
from tests.core.services.tampering import behind_its_back, claims_of, failed, told
from tests.core.store.bundles import ask_sql, run_sql


@pytest.fixture
def case(tmp_path, own_user_folder):
    return copy_of_lived_in_case(tmp_path, own_user_folder)


def test_a_row_edited_in_any_table_is_named_with_the_entry_that_wrote_it(case):
    seen = set()
    with closing(open_for_writing(case / DATABASE)) as connection:
        tables = [table for table in journal.sealed_tables(connection) if table.name != "alembic_version"]
    for table in tables:
        row = next(iter(ask_sql(case, f'SELECT * FROM "{table.name}" LIMIT 1')), ())
        filled = [name for name, value in zip(table.columns, row, strict=False) if value is not None]
        column = next((name for name in reversed(filled) if name not in table.key_columns), None)
        if column is None:
            continue
        content = (case / DATABASE).read_bytes()
        behind_its_back(
            case,
            f'UPDATE "{table.name}" SET "{column}" = CASE typeof("{column}") WHEN \'text\' THEN "{column}" || \' \' '
            f'ELSE "{column}" + 1 END WHERE rowid = (SELECT rowid FROM "{table.name}" LIMIT 1)',
        )
        assert "records as logged" in failed(case), table.name
        words = told(case, "records as logged")
        assert "was edited. It is not what entry " in words
        assert ", 2026-" in words
        seen.add(table.name)
        (case / DATABASE).write_bytes(content)
    assert failed(case) == set()
    assert seen >= {"case", "exhibit", "exhibit_facts", "finding", "note", "custody_event", "examiner_view"}


def test_an_edited_finding_is_named_with_its_exhibit(case):
    behind_its_back(case, "UPDATE finding SET verdict = 'inconclusive' WHERE id = 2")
    assert failed(case) == {"records as logged"}
    words = told(case, "records as logged")
    sha256 = ask_sql(case, "SELECT sha256 FROM exhibit WHERE id = 2")[0][0]
    assert f"The finding 2 of exhibit {sha256[:12]}… “IMG_1.jpg” was edited." in words


def test_a_note_added_by_hand_and_one_removed_by_hand_are_told_apart(case):
    behind_its_back(
        case,
        "DELETE FROM note WHERE exhibit_id = 1",
        "INSERT INTO note VALUES (5, 'Forged.', 'A. Moreau', '2026-11-21T10:00:00.000000Z')",
    )
    words = told(case, "records as logged")
    assert failed(case) == {"records as logged"}
    assert "“IMG_4.jpg” was added by hand: no entry of the log wrote it." in words
    assert "“IMG_0.jpg” is gone. Entry " in words


def test_a_removed_note_put_back_by_hand_is_found(case):
    behind_its_back(case, "INSERT INTO note VALUES (3, 'Back.', 'A. Moreau', '2026-11-21T10:00:00.000000Z')")
    assert "was put back by hand: entry " in told(case, "records as logged")


def test_a_value_of_another_kind_with_the_same_bytes_is_found(case):
    behind_its_back(case, "UPDATE note SET text = CAST(text AS BLOB) WHERE exhibit_id = 1")
    assert failed(case) == {"records as logged"}


def test_swapped_evidence_is_found_on_both_sides(case):
    one, two = (_evidence(case, number) for number in (1, 2))
    first, second = one.read_bytes(), two.read_bytes()
    _put(one, second)
    _put(two, first)
    assert failed(case) == {"evidence intact"}
    assert "2 of 6 exhibits" in told(case, "evidence intact")


def test_evidence_that_is_missing_or_a_link_is_found(case, tmp_path):
    one, two = (_evidence(case, number) for number in (1, 2))
    elsewhere = tmp_path / "elsewhere"
    shutil.copyfile(two, elsewhere)
    one.unlink()
    two.unlink()
    two.symlink_to(elsewhere)
    assert "evidence intact" in failed(case)
    words = told(case, "evidence intact")
    assert f"The evidence file {one} is not there" in words
    assert f"{two} is a link" in words
    assert "It was taken in on 2026-" in words


def test_a_file_that_is_no_exhibit_is_found(case):
    (case / "evidence" / "ab").mkdir(exist_ok=True)
    (case / "evidence" / "ab" / ("ab" + "0" * 62)).write_bytes(b"planted")
    (case / "evidence" / "notes.txt").write_text("planted too")
    assert failed(case) == {"nothing added"}
    assert "notes.txt belongs to no exhibit" in told(case, "nothing added")


@pytest.mark.parametrize(
    ("statement", "claim"),
    [
        ("UPDATE alembic_version SET version_num = '0002'", "case readable"),
        ("UPDATE alembic_version SET version_num = '0009'", "case readable"),
        ("PRAGMA user_version = 7", "case readable"),
        ("PRAGMA application_id = 7", "case readable"),
        ("CREATE TRIGGER planted AFTER UPDATE ON exhibit BEGIN DELETE FROM note; END", "case readable"),
        ("DROP TRIGGER chain_not_changed", "case readable"),
        ("PRAGMA default_cache_size = 9", "case readable"),
    ],
)
def test_what_is_not_in_a_row_cannot_be_edited_either(case, statement, claim):
    run_sql(case, statement)
    assert claim in failed(case)


def test_a_schema_written_with_other_blanks_is_found(case):
    run_sql(
        case,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'TEXT NOT NULL', 'TEXT  NOT NULL') WHERE name = 'note'",
    )
    assert "records as logged" in failed(case)
    assert "The part of the schema note was edited" in told(case, "records as logged")


def test_damage_is_told_and_the_rest_is_still_checked(case):
    page = ask_sql(case, "SELECT rootpage FROM sqlite_schema WHERE name = 'finding'")[0][0]
    with (case / DATABASE).open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\0" * 4096)
    found = claims_of(case)
    assert failed(case) == {"case readable", "records as logged"}
    assert found["evidence intact"].state is ClaimState.PASSED
    assert found["log unbroken"].state is ClaimState.PASSED


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\0" * 5000, None])
def test_what_is_no_case_fails_and_raises_nothing(case, content):
    if content is None:
        (case / DATABASE).unlink()
    else:
        (case / DATABASE).write_bytes(content)
    assert failed(case) == {"case readable"}
    assert claims_of(case)["records as logged"].state is ClaimState.UNCHECKED


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(NotFound, match="is not the folder of a case"):
        CaseVerification().case(tmp_path / "nothing")


def test_files_of_reports_are_compared_with_what_was_issued(case):
    _issue(case, "R-0123456789ab", b"the report")
    assert claims_of(case)["reports intact"].state is ClaimState.PASSED
    folder = case / "reports" / "R-0123456789ab"
    (folder / "report.pdf").write_bytes(b"another report")
    (folder / "more.txt").write_text("planted")
    (case / "reports" / "R-ffffffffffff").mkdir()
    words = told(case, "reports intact")
    assert "report.pdf of report R-0123456789ab is not what was issued" in words
    assert "more.txt was not issued" in words
    assert "R-ffffffffffff belongs to no report" in words
    shutil.rmtree(folder)
    assert "is missing" in told(case, "reports intact")


def test_hostile_texts_are_quoted_and_nothing_happens(case):
    behind_its_back(
        case,
        "UPDATE exhibit SET name = '\x1b[31m<b>' || char(8238) || '../../etc' WHERE id = 1",
        "UPDATE audit SET action = '<script>', actor = char(0) || 'x' WHERE sequence = 3",
        "UPDATE chain SET changes = '[[1,2],{\"a\":[[[]]]}]' WHERE sequence = 4",
        "UPDATE recheck SET problems = '[]'",
    )
    assert {"log unbroken", "records as logged"} <= failed(case)


def test_the_evidence_need_not_be_hashed(case):
    _evidence(case, 1).unlink()
    made = CaseVerification().case(case, evidence=False)
    assert made.passed
    assert "were not to be hashed" in "".join(claim.sentence for claim in made.claims)


def test_the_first_entry_follows_the_case_itself(case):
    uid = _uid(case)
    assert ask_sql(case, "SELECT previous FROM chain WHERE sequence = 1") == [(genesis(uid),)]
    behind_its_back(case, f"UPDATE \"case\" SET uid = '{uid[::-1]}'")
    assert {"log unbroken", "records as logged"} <= failed(case)


def _uid(case):
    return ask_sql(case, 'SELECT uid FROM "case"')[0][0]


def _evidence(case, exhibit_id):
    sha256 = ask_sql(case, f"SELECT sha256 FROM exhibit WHERE id = {exhibit_id}")[0][0]
    return case / "evidence" / sha256[:2] / sha256


def _put(path, content):
    path.chmod(0o644)
    path.write_bytes(content)


def _issue(case, uid, content):
    folder = case / "reports" / uid
    folder.mkdir(parents=True)
    (folder / "report.pdf").write_bytes(content)
    files = [{"name": "report.pdf", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}]
    texts = dict.fromkeys(("supersedes", "reason", "form", "language", "author", "head_digest", "signer"), "")
    with closing(opening.open_case(case, actor="A. Moreau")) as database, database.writing() as transaction:
        head = chain.head(transaction)
        transaction.add_row(
            IssuedReportRow,
            uid=uid,
            number="1",
            revision=1,
            exhibits=[],
            draft={},
            files=files,
            head_sequence=head.sequence,
            issued_at=head.at,
            **texts,
        )
        audit.append(transaction, audit.Act.REPORT_ISSUE, {"uid": uid, "files": files})
