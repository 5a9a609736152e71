"""Cases that nobody tampered with: whatever happened to them otherwise, no claim fails."""

import hashlib
import random
import shutil
import time
from contextlib import closing, suppress

import pytest

from core import installation
from core.custody import ClaimState
from core.domain import CaseDetails
from core.errors import DiskFull
from core.progress import Cancelled, Progress
from core.services.verification import CaseVerification
from core.services.workspace import Workspace
from core.store import audit, blobs, cases, exhibits, opening
from core.store.connect import DATABASE
from core.store.intake import Dropped, begin
from tests.conftest import save_pictures
from tests.core.services.lived_in import DETAILS, copy_of_lived_in_case, lived_in_case
from tests.core.services.tampering import user_folder
from tests.core.store.bundles import as_of, ask_sql, fingerprint, image_of, with_hot_journal
from tests.core.store.other_process import other_program


@pytest.fixture
def case(tmp_path, own_user_folder):
    return copy_of_lived_in_case(tmp_path, own_user_folder)


def states(folder):
    return {claim.name: claim.state for claim in CaseVerification().case(folder).claims}


def assert_holds(folder, *, unchecked=(), perhaps=()):
    """No claim fails; unchecked are those of reports and time stamps, of which there are none, and these."""
    made = CaseVerification().case(folder)
    left = {claim.name for claim in made.claims if claim.state is ClaimState.UNCHECKED}
    wrong = [(claim.name, claim.sentence, claim.details) for claim in made.claims if claim.state is ClaimState.FAILED]
    assert wrong == []
    assert left - {*perhaps} == {"reports intact", "time stamps", *unchecked}


@pytest.mark.parametrize("since", ["0001", "0002"])
def test_a_migrated_case_that_was_worked_on_holds_and_no_byte_of_it_is_changed(tmp_path, since):
    case = lived_in_case(tmp_path / "heiress.dnacase", since=since)
    before = fingerprint(case)
    assert_holds(case)
    assert fingerprint(case) == before


def test_a_case_just_made_holds(tmp_path):
    opening.create(tmp_path / "new", DETAILS, "A. Moreau").close()
    assert_holds(tmp_path / "new")


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_case_of_an_older_program_is_not_sealed_yet_and_does_not_fail(case, revision):
    as_of(case, revision)
    found = states(case)
    assert ClaimState.FAILED not in found.values()
    assert found["log unbroken"] is found["records as logged"] is ClaimState.UNCHECKED
    assert found["evidence intact"] is ClaimState.PASSED
    opening.open_case(case, actor="B. Later").close()
    assert_holds(case)


def test_a_copy_holds_here_and_elsewhere(case, tmp_path):
    copy = shutil.copytree(case, tmp_path / "copy.dnacase")
    assert_holds(copy)
    with user_folder(tmp_path / "another computer"):
        assert_holds(copy, unchecked=("log anchored", "file as closed"))


def test_opened_read_only_it_stays_what_it_was(case):
    for _ in range(2):
        with closing(opening.open_case(case, read_only=True, actor="C. Reader")) as database:
            assert database.case
    assert_holds(case)


def test_while_it_is_open_for_writing_it_holds(case):
    with closing(opening.open_case(case, actor="A. Moreau")) as database:
        assert_holds(case, unchecked=("file as closed",))
        with database.writing() as transaction:
            exhibits.set_note(transaction, 4, "Meanwhile.")
        with closing(opening.open_case(case, read_only=True, actor="C. Reader")):
            assert_holds(case, unchecked=("file as closed",))
    assert_holds(case)


def test_as_a_kill_would_leave_it_it_holds(case, tmp_path):
    with closing(opening.open_case(case, actor="A. Moreau")) as database:
        with database.writing() as transaction:
            exhibits.set_note(transaction, 4, "The last thing before the power failed.")
        left = image_of(case, tmp_path / "left.dnacase")
    with user_folder(tmp_path / "another computer"):
        assert_holds(left, unchecked=("log anchored", "file as closed"))


def test_with_a_half_written_transaction_beside_it_it_holds(case, tmp_path):
    left = with_hot_journal(case, tmp_path / "left.dnacase")
    assert_holds(left, unchecked=("file as closed",))


def test_after_kills_at_any_moment_it_holds(case):
    draw = random.Random(3)
    for _ in range(3):
        with other_program() as other:
            other.ask("open", str(case))  # from here on the process is warm
            other.ask("close", str(case))
            other.send("churn", str(case), 30)
            time.sleep(0.3 + draw.random() / 2)
            other.kill()
        assert_holds(case, perhaps=("file as closed",))
    assert ask_sql(case, "SELECT count(*) FROM audit WHERE action = 'case.update'")[0][0] > 3
    opening.open_case(case, actor="A. Moreau").close()
    assert_holds(case)


def test_an_opening_that_failed_half_way_is_no_tampering(case, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "append", full)
        with pytest.raises(DiskFull):
            opening.open_case(case, actor="A. Moreau")
    assert (case / DATABASE).read_bytes()[18:20] == b"\x02\x02"  # it was switched to a write-ahead log already
    assert_holds(case)


def test_what_was_done_and_undone_holds(case):
    with closing(opening.open_case(case, actor="A. Moreau")) as database:
        for on in (True, False):
            with database.writing() as transaction:
                exhibits.tag(transaction, [1, 2, 3], 7, on)
                exhibits.set_reviewed(transaction, [2], on)
        with database.writing() as transaction:
            before = exhibits.set_note(transaction, 1, "Something else.")
        with database.writing() as transaction:
            exhibits.set_note(transaction, 1, before)
        with suppress(ZeroDivisionError), database.writing() as transaction:
            exhibits.set_note(transaction, 1, "Never written.")
            raise ZeroDivisionError
    assert_holds(case)


def test_two_computers_that_take_turns_both_find_it_as_they_left_it(case, tmp_path):
    for turn in range(4):
        with user_folder(tmp_path / f"user {turn % 2}"):
            with closing(opening.open_case(case, actor="Somebody")) as database, database.writing() as transaction:
                cases.update(transaction, CaseDetails(f"Turn {turn}"))
            assert_holds(case)
    with user_folder(tmp_path / "user 0"):
        assert_holds(case, unchecked=("file as closed",))


def test_another_copy_worked_on_later_does_not_accuse_the_first(case, tmp_path):
    copy = shutil.copytree(case, tmp_path / "copy.dnacase")
    opening.open_case(case, actor="A. Moreau").close()
    for _ in range(3):
        opening.open_case(copy, actor="B. Trainee").close()
    claim = next(one for one in CaseVerification().case(case).claims if one.name == "log anchored")
    assert claim.state is ClaimState.PASSED
    assert "Another copy of this case was worked on here" in "\n".join(claim.details)
    assert states(copy)["log anchored"] is ClaimState.FAILED  # it misses an entry that was noted here


def test_where_no_key_can_be_made_nothing_is_signed_and_that_is_said(tmp_path, monkeypatch):
    blocked = tmp_path / "a file"
    blocked.touch()
    monkeypatch.setenv("DNADET_HOME", str(blocked))
    case = lived_in_case(tmp_path / "heiress.dnacase")
    assert_holds(case, unchecked=("log signed", "log anchored", "file as closed"))
    assert "No key can be kept" in installation.key_problem()


def test_copies_that_an_unfinished_intake_kept_are_not_foreign(case):
    content = b"taken in, but its row was not written any more"
    sha256 = hashlib.sha256(content).hexdigest()
    with closing(opening.open_case(case, actor="A. Moreau")) as database:
        with database.writing() as transaction:
            begin(transaction, [Dropped("/media/one.jpg")])
        incoming = blobs.incoming_path(case)
        incoming.write_bytes(content)
        blobs.keep(case, incoming, sha256)
        blobs.incoming_path(case).write_bytes(b"half a copy")
    assert_holds(case)


def test_what_the_services_do_to_a_case_holds(tmp_path):
    pictures = save_pictures(tmp_path / "pictures", 3)
    (tmp_path / "empty.jpg").touch()
    with Workspace() as workspace:
        workspace.settings.set("examiner", "A. Moreau")
        folder = workspace.cases.create(tmp_path / "case", CaseDetails("Services", blind=True)).value.path
        workspace.intake.take([pictures, tmp_path / "empty.jpg"])
        workspace.intake.take([pictures])  # the same again: no exhibit and no occurrence is new
        workspace.exhibits.tag([1, 2], 3, True)
        workspace.views.write(1, "real", "A photograph.")
        workspace.integrity.recheck()
        assert_holds(folder, unchecked=("file as closed",))
    assert_holds(folder)
    assert ask_sql(folder, "SELECT count(*) FROM audit WHERE action = 'intake.done'") == [(1,)]


def test_it_can_be_cancelled(case):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        CaseVerification().case(case, progress=progress)
