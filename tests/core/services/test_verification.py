"""Cases that were tampered with: verification says what, where, and since when."""

import hashlib
import shutil
from contextlib import closing

import pytest

from core import installation
from core.custody import ClaimState
from core.errors import NotFound
from core.log_chain import genesis
from core.services.verification import CaseVerification
from core.store import audit, chain, exhibits, journal, opening
from core.store.connect import DATABASE, open_for_writing
from core.store.schema import IssuedReportRow
from tests.core.services.lived_in import lived_in_case
from tests.core.services.tampering import another_computer, behind_its_back, rewritten, user_folder
from tests.core.store.bundles import ask_sql, run_sql


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A case that was worked on, and the folder of the user who did."""
    place = tmp_path_factory.mktemp("made once")
    with user_folder(place / "user"):
        return lived_in_case(place / "heiress.dnacase"), place / "user"


@pytest.fixture
def case(made_once, tmp_path, own_user_folder):
    """A copy of that case on this user's computer."""
    made, user = made_once
    shutil.copytree(user, own_user_folder, dirs_exist_ok=True)
    return shutil.copytree(made, tmp_path / made.name)


def claims_of(folder):
    return {claim.name: claim for claim in CaseVerification().case(folder).claims}


def failed(folder):
    """The claims that fail, but for the one that looks at bytes instead of meaning."""
    found = claims_of(folder)
    return {name for name, claim in found.items() if claim.state is ClaimState.FAILED} - {"file as closed"}


def told(folder, name):
    claim = claims_of(folder)[name]
    assert claim.state is ClaimState.FAILED
    return "\n".join([claim.sentence, *claim.details])


def test_an_edited_entry_is_named_with_the_last_one_that_is_sound(case):
    number = _entry_about_the_note(case)
    behind_its_back(case, f"UPDATE audit SET payload = replace(payload, 'hands', 'hats') WHERE sequence = {number}")
    assert failed(case) == {"log unbroken"}
    words = told(case, "log unbroken")
    assert f"The entry {number} (note by A. Moreau, 2026-" in words
    assert f"Up to entry {number - 1} (finding.add by A. Moreau, 2026-" in words


@pytest.mark.parametrize("column", ["at", "actor", "action", "payload"])
def test_no_column_of_an_entry_can_be_edited(case, column):
    behind_its_back(case, f"UPDATE audit SET {column} = {column} || '0' WHERE sequence = 9")
    assert "log unbroken" in failed(case)
    assert "entry 9 (" in told(case, "log unbroken")


def test_a_removed_entry_is_missed(case):
    behind_its_back(case, "DELETE FROM chain WHERE sequence = 9", "DELETE FROM audit WHERE sequence = 9")
    assert "log unbroken" in failed(case)
    words = told(case, "log unbroken")
    assert "Entry 9 is gone from the log, between entry 8 (" in words
    assert "and entry 10 (" in words


def test_an_entry_removed_with_its_number_given_to_the_next_is_missed(case):
    behind_its_back(
        case,
        "PRAGMA foreign_keys = OFF",
        "DELETE FROM chain WHERE sequence = 9",
        "DELETE FROM audit WHERE sequence = 9",
        "UPDATE audit SET sequence = sequence - 1 WHERE sequence > 9",
        "UPDATE chain SET sequence = sequence - 1 WHERE sequence > 9",
    )
    assert "log unbroken" in failed(case)
    assert "does not follow" in told(case, "log unbroken") or "not what was sealed" in told(case, "log unbroken")


def test_an_entry_added_by_hand_was_never_sealed(case):
    last = ask_sql(case, "SELECT max(sequence) FROM audit")[0][0]
    behind_its_back(
        case, f"INSERT INTO audit SELECT {last + 1}, at, actor, action, payload FROM audit WHERE sequence = {last}"
    )
    assert failed(case) == {"log unbroken"}
    assert f"entry {last + 1} " in told(case, "log unbroken")
    assert "was never sealed" in told(case, "log unbroken")


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("digest", "the digest was edited"),
        ("previous", "what it follows was edited"),
        ("changes", "not what was sealed"),
    ],
)
def test_no_column_of_a_seal_can_be_edited(case, column, words):
    behind_its_back(case, f"UPDATE chain SET {column} = {_turned(column)} WHERE sequence = 9")
    assert "log unbroken" in failed(case)
    assert words in told(case, "log unbroken")


def test_an_edited_signature_does_not_hold(case):
    head = ask_sql(case, "SELECT max(sequence) FROM chain")[0][0]
    behind_its_back(case, f"UPDATE chain SET signature = {_turned('signature')} WHERE sequence = {head}")
    assert failed(case) == {"log signed"}
    assert f"The signature of entry {head} (" in told(case, "log signed")


def test_a_signature_that_was_taken_away_is_missed(case):
    behind_its_back(case, "UPDATE chain SET key = '', signature = '' WHERE key <> ''")
    assert failed(case) == {"log signed"}


def test_a_key_that_was_put_in_place_of_another_is_seen(case):
    behind_its_back(case, "UPDATE signing_key SET public_key = replace(public_key, '0', '1')")
    assert failed(case) == {"log signed", "records as logged"}


def test_a_tail_that_was_cut_off_is_missed_by_the_anchors(case, tmp_path):
    earlier = shutil.copytree(case, tmp_path / "earlier")
    with closing(opening.open_case(case, actor="A. Moreau")) as database, database.writing() as transaction:
        exhibits.set_note(transaction, 1, "What the prosecutor would rather not read.")
        last = audit.newest(transaction, limit=1)[0].sequence
    shutil.copyfile(earlier / DATABASE, case / DATABASE)  # as if nothing had been written: whole in itself
    assert failed(case) == {"log anchored"}
    words = told(case, "log anchored")
    assert f"The log ends with entry {last - 2} (" in words
    assert f"entries up to {last} were noted here, the last of 2026-" in words


def test_on_another_computer_a_cut_off_tail_is_not_checked_and_the_words_say_what_would_be_needed(
    case, tmp_path, monkeypatch
):
    another_computer(tmp_path, monkeypatch)
    assert failed(case) == set()
    claim = claims_of(case)["log anchored"]
    assert claim.state is ClaimState.UNCHECKED
    assert "Compare its end with the one printed in a report" in claim.sentence
    head = ask_sql(case, "SELECT sequence, digest FROM chain ORDER BY sequence DESC LIMIT 1")[0]
    assert f"entry {head[0]}, digest {head[1]}" in claim.details[0]
    assert "by a key that this user has never seen" in claims_of(case)["log signed"].sentence


def test_cut_off_and_worked_on_again_it_is_still_missed(case, tmp_path):
    earlier = shutil.copytree(case, tmp_path / "earlier")
    with closing(opening.open_case(case, actor="A. Moreau")) as database, database.writing() as transaction:
        exhibits.set_note(transaction, 1, "What the prosecutor would rather not read.")
    shutil.copyfile(earlier / DATABASE, case / DATABASE)
    with closing(opening.open_case(case, actor="A. Moreau")) as database, database.writing() as transaction:
        exhibits.set_note(transaction, 1, "What the prosecutor likes to read.")
        exhibits.set_note(transaction, 2, "And one more.")
    assert failed(case) == {"log anchored"}
    assert "is not the one that was noted here" in told(case, "log anchored")


def test_a_log_written_anew_with_another_key_is_found_by_the_anchors(case, tmp_path):
    rewritten(case, tmp_path / "stranger", "UPDATE finding SET verdict = 'attributed', architecture = 'ProGAN'")
    assert failed(case) == {"log anchored"}
    assert "They agree nowhere" in told(case, "log anchored")
    assert "never seen by this user" in "\n".join(claims_of(case)["log signed"].details)


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


def test_a_damaged_anchor_file_is_said_and_no_error(case):
    path = installation.anchor_file(_uid(case)).path
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], b"\xff\xfe{", lines[3][:-40], b"[]", *lines[4:]]))
    assert failed(case) == set()
    assert "3 lines of the anchor file" in "\n".join(claims_of(case)["log anchored"].details)


def test_a_changed_digest_in_the_anchor_file_accuses_nobody(case):
    path = installation.anchor_file(_uid(case)).path
    text = path.read_text()
    digest = installation.anchors_of(_uid(case))[2].digest
    path.write_text(text.replace(digest, digest[::-1]))
    assert failed(case) == set()
    assert "are damaged" in "\n".join(claims_of(case)["log anchored"].details)


def test_anchors_of_another_installation_count_and_are_said(case, tmp_path, monkeypatch):
    anchors = installation.anchor_file(_uid(case)).path
    home = another_computer(tmp_path, monkeypatch)
    (home / "anchors").mkdir(parents=True)
    shutil.copyfile(anchors, home / "anchors" / anchors.name)
    claim = claims_of(case)["log anchored"]
    assert claim.state is ClaimState.PASSED
    assert "comes from another installation" in "\n".join(claim.details)


def test_an_anchor_file_that_cannot_be_read_is_said(case):
    path = installation.anchor_file(_uid(case)).path
    path.unlink()
    path.mkdir()
    claim = claims_of(case)["log anchored"]
    assert claim.state is ClaimState.UNCHECKED
    assert "cannot be read" in "\n".join(claim.details)


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


def _turned(column):
    """A column with another third character."""
    turned = f"CASE substr({column}, 3, 1) WHEN '0' THEN '1' ELSE '0' END"
    return f"substr({column}, 1, 2) || {turned} || substr({column}, 4)"


def _uid(case):
    return ask_sql(case, 'SELECT uid FROM "case"')[0][0]


def _entry_about_the_note(case):
    return ask_sql(case, "SELECT min(sequence) FROM audit WHERE action = 'note'")[0][0]


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
