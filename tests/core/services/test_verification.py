"""A log that was tampered with: verification names the entry, what was done to it, and the last one that is sound."""

import shutil
from contextlib import closing

import pytest

from core import installation
from core.custody import ClaimState
from core.domain import CaseDetails
from core.services.workspace import Workspace
from core.store import audit, exhibits, opening
from core.store.connect import DATABASE
from tests.core.services.lived_in import copy_of_lived_in_case
from tests.core.services.tampering import another_computer, behind_its_back, claims_of, failed, rewritten, told
from tests.core.store.bundles import ask_sql


@pytest.fixture
def case(tmp_path, own_user_folder):
    return copy_of_lived_in_case(tmp_path, own_user_folder)


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


def test_a_damaged_anchor_file_is_said_and_no_error(case):
    path = installation.anchor_file(_uid(case)).path
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], b"\xff\xfe{", lines[3][:-40], b"[]", *lines[4:]]))
    assert failed(case) == set()
    assert "3 lines of the anchor file" in "\n".join(claims_of(case)["log anchored"].details)


def test_an_anchor_file_of_another_case_is_said_in_the_first_sentence(case, tmp_path):
    path = installation.anchor_file(_uid(case)).path
    own = path.read_bytes()
    with Workspace() as workspace:
        other = workspace.cases.create(tmp_path / "other.dnacase", CaseDetails("Other")).value
    strange = installation.anchor_file(other.uid).path.read_bytes()
    path.write_bytes(strange)
    claim = claims_of(case)["log anchored"]
    assert claim.state is ClaimState.UNCHECKED
    assert "holds notes of another case" in claim.sentence
    assert "damaged" not in "\n".join(claim.details)
    path.write_bytes(own + strange)
    claim = claims_of(case)["log anchored"]
    assert claim.state is ClaimState.PASSED
    assert "holds notes of another case" in claim.sentence


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


def _turned(column):
    """A column with another third character."""
    turned = f"CASE substr({column}, 3, 1) WHEN '0' THEN '1' ELSE '0' END"
    return f"substr({column}, 1, 2) || {turned} || substr({column}, 4)"


def _uid(case):
    return ask_sql(case, 'SELECT uid FROM "case"')[0][0]


def _entry_about_the_note(case):
    return ask_sql(case, "SELECT min(sequence) FROM audit WHERE action = 'note'")[0][0]
