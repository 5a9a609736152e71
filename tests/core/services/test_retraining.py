"""Drafts of retrainings: kept through crashes, full disks and two windows at once."""

import errno
import multiprocessing
import os
import shutil
import socket
import stat
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain import Table
from core.errors import BadInput, CoreError, DiskFull, NoPermission, NotFound
from core.retraining import GoalKind, ImageGroup
from core.services import retraining_file, training_status
from core.services.retraining import DISCARDED, LOCK_FILE
from core.store import lock
from tests.core.services.drafting import other_program, service


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lock, "_PATIENCE_S", 0.02)


@pytest.fixture
def retraining():
    made = service()
    yield made
    made.close_all()


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_draft_is_begun_left_and_gone_on_with(installed, retraining, tmp_path):
    draft = retraining.begin()
    assert draft.parent == installed.reference
    assert (draft.parent_path, draft.goal, draft.card.trained_by) == (installed.path, GoalKind.ADD, "A. Moreau")
    group = ImageGroup("flux", "lab", tmp_path / "flux")
    written = retraining.save(replace(draft, page="images", groups=(group,)))
    assert written.touched == {Table.RETRAINING}
    retraining.close(draft.id)

    later = service()
    assert later.drafts() == (written.value,)
    assert later.open(draft.id) == written.value
    assert later.drafts()[0].added == ("flux",)
    later.close_all()


def test_the_parent_may_be_named_or_left_open(installed, retraining):
    assert retraining.begin(parent=installed).parent == installed.reference
    assert retraining.begin(parent="tiny").parent == installed.reference
    assert retraining.begin(parent=str(installed.path)).parent_path == installed.path
    assert retraining.begin(GoalKind.ANEW).parent is None
    with pytest.raises(NotFound, match="no detector 'other'"):
        retraining.begin(parent="other")
    assert len(retraining.drafts()) == 4


def test_without_any_detector_a_draft_can_be_begun(retraining, monkeypatch, tmp_path):
    monkeypatch.setattr("core.paths.resources", lambda: tmp_path)
    assert retraining.begin().parent is None


def test_the_newest_draft_comes_first(retraining):
    made = [retraining.begin() for _ in range(3)]
    for number, draft in enumerate(made):
        made[number] = retraining.save(replace(draft, created_at=draft.created_at + timedelta(hours=number % 2))).value
    assert retraining.drafts()[0] == made[1]
    assert {one.id for one in retraining.drafts()} == {one.id for one in made}


def test_no_folder_means_no_drafts(retraining):
    assert (retraining.drafts(), retraining.problems()) == ((), ())


def test_strange_things_in_the_folder_are_no_drafts(retraining):
    place = retraining_file.drafts_folder()
    (place / ".hidden").mkdir(parents=True)
    (place / "Not an id").mkdir()
    (place / "file").write_text("x")
    assert (retraining.drafts(), retraining.problems()) == ((), ())


# ---- two windows, two programs


def test_two_windows_of_one_program_do_not_share_a_draft(retraining):
    draft = retraining.begin()
    with pytest.raises(CoreError, match=f"{draft.id} is open in another window already"):
        retraining.open(draft.id)
    retraining.close(draft.id)
    retraining.close(draft.id)
    assert retraining.open(draft.id) == draft


def test_two_programs_do_not_share_a_draft(retraining):
    draft = retraining.begin()
    with other_program() as other:
        for act, argument in (("open", draft.id), ("save", draft), ("discard", draft.id)):
            kind, sentence = other.ask(act, argument)
            assert kind == "CoreError"
            assert f"is open elsewhere: A. Moreau on {socket.gethostname()} (process {os.getpid()})" in sentence
            assert "Close it there first" in sentence
        assert other.ask("drafts") == (draft,)  # it may be looked at
        retraining.close(draft.id)
        assert other.ask("open", draft.id) == draft
        with pytest.raises(CoreError, match=r"B\. Other on"):
            retraining.open(draft.id)
        with pytest.raises(CoreError, match=r"B\. Other on"):
            retraining.save(draft)


def test_a_killed_program_keeps_nobody_out_and_its_last_page_is_there(retraining):
    with other_program() as other:
        draft = other.ask("begin")
        other.ask("save", replace(draft, page="checks"))
        with pytest.raises(CoreError, match="open elsewhere"):
            retraining.open(draft.id)
        other.kill()
        assert retraining.open(draft.id).page == "checks"


def _save_many(home, draft, begun, count):
    os.environ["DNADET_HOME"] = home
    other = service("B. Other")
    other.open(draft.id)
    begun.set()
    for number in range(count):
        other.save(replace(draft, override="x" * 200_000 + str(number)))


def test_killed_in_the_middle_of_saving_the_draft_is_whole(retraining, own_user_folder):
    draft = retraining.begin()
    retraining.close(draft.id)
    context = multiprocessing.get_context("spawn")
    for pause in (0.02, 0.11, 0.23):
        begun = context.Event()
        process = context.Process(target=_save_many, args=(str(own_user_folder), draft, begun, 100_000), daemon=True)
        process.start()
        assert begun.wait(60)
        process.join(pause)
        process.kill()
        process.join()
        assert retraining.open(draft.id).id == draft.id
        assert retraining.problems() == ()
        retraining.save(draft)
        retraining.close(draft.id)


def test_what_was_discarded_in_another_program_is_not_brought_back(retraining):
    draft = retraining.begin()
    retraining.close(draft.id)
    with other_program() as other:
        other.ask("discard", draft.id)
    for act in (retraining.open, retraining.folder, retraining.discard):
        with pytest.raises(NotFound, match="was discarded, or its folder removed"):
            act(draft.id)
    with pytest.raises(NotFound):
        retraining.save(draft)
    assert not retraining_file.draft_folder(draft.id).exists()


def test_a_folder_that_was_removed_by_hand_is_a_sentence_and_is_not_made_anew(retraining):
    draft = retraining.begin()
    shutil.rmtree(retraining.folder(draft.id))
    with pytest.raises(NotFound, match="Begin anew"):
        retraining.save(draft)
    assert retraining.drafts() == ()


# ---- damaged drafts, full disks


def test_a_damaged_draft_is_told_and_the_others_are_listed(retraining):
    sound, broken = retraining.begin(), retraining.begin()
    retraining.close(broken.id)
    path = retraining.folder(broken.id) / "draft.json"
    path.write_bytes(path.read_bytes()[:50])
    assert retraining.drafts() == (sound,)
    (sentence,) = retraining.problems()
    assert str(path) in sentence
    assert "discard this draft" in sentence
    with pytest.raises(BadInput, match="is damaged"):
        retraining.open(broken.id)
    assert not (path.parent / LOCK_FILE).exists()
    (damaged,) = retraining.damaged()
    retraining.discard(damaged)
    assert retraining.problems() == ()


def test_a_draft_file_that_is_gone_or_no_file_is_told(retraining):
    one, other = retraining.begin(), retraining.begin()
    (retraining.folder(one.id) / "draft.json").unlink()
    (retraining.folder(other.id) / "draft.json").unlink()
    (retraining.folder(other.id) / "draft.json").mkdir()
    assert len(retraining.problems()) == 2
    assert all("draft.json" in sentence for sentence in retraining.problems())


def test_a_full_disk_keeps_the_page_before(retraining, monkeypatch):
    draft = retraining.begin()
    with monkeypatch.context() as patch:
        patch.setattr("core.whole_file.os.fsync", full)
        with pytest.raises(DiskFull, match="keeping the draft of the retraining"):
            retraining.save(replace(draft, page="split"))
    assert retraining.drafts() == (draft,)
    assert sorted(one.name for one in retraining.folder(draft.id).iterdir()) == ["draft.json", LOCK_FILE]
    retraining.save(replace(draft, page="split"))
    assert retraining.drafts()[0].page == "split"


def test_a_full_disk_leaves_nothing_of_a_new_draft(retraining, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("core.whole_file.os.fsync", full)
        with pytest.raises(DiskFull):
            retraining.begin()
    assert [*retraining_file.drafts_folder().iterdir()] == []
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.mkdir", full)
        with pytest.raises(DiskFull, match="making the folder of the retraining"):
            retraining.begin()


def test_a_drive_without_locks_is_a_sentence_with_a_way_out(retraining, monkeypatch):
    def unsupported(_):
        raise OSError(next(iter(lock._UNSUPPORTED)), "No locks available")

    monkeypatch.setattr(lock, "_seize", unsupported)
    with pytest.raises(CoreError, match="DNADET_HOME"):
        retraining.begin()
    assert [*retraining_file.drafts_folder().iterdir()] == []


# ---- discarding


def test_discarding_removes_the_draft_and_no_image_of_the_analyst(retraining, tmp_path):
    mine = tmp_path / "flux"
    mine.mkdir()
    (mine / "a.png").write_bytes(b"image")
    draft = retraining.begin()
    draft = retraining.save(replace(draft, groups=(ImageGroup("flux", "lab", mine),), known_data=(mine,))).value
    folder = retraining.folder(draft.id)
    (folder / "linked").symlink_to(mine, target_is_directory=True)
    inner = folder / "images" / "flux"
    inner.mkdir(parents=True)
    (inner / "linked too").symlink_to(mine, target_is_directory=True)
    (inner / "copy.png").write_bytes(b"copy")
    (inner / "copy.png").chmod(stat.S_IRUSR)
    assert retraining.discard(draft.id).touched == {Table.RETRAINING}
    assert not folder.exists()
    assert (mine / "a.png").read_bytes() == b"image"
    assert retraining.drafts() == ()
    with pytest.raises(NotFound):
        retraining.discard(draft.id)


def test_what_a_crash_left_of_a_discarded_draft_is_no_draft_and_is_swept(retraining, monkeypatch):
    draft = retraining.begin()
    (retraining.folder(draft.id) / "images").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("core.services.retraining.shutil.rmtree", full)
        with pytest.raises(CoreError, match="removing the draft"):
            retraining.discard(draft.id)
    assert (retraining_file.draft_folder(draft.id) / DISCARDED).exists()
    assert (retraining.drafts(), retraining.problems()) == ((), ())
    retraining.close_all()
    retraining.begin()
    assert not retraining_file.draft_folder(draft.id).exists()


def test_what_may_not_be_removed_is_a_sentence(retraining, monkeypatch):
    draft = retraining.begin()
    (retraining.folder(draft.id) / "run.log").write_text("x")

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(NoPermission, match="removing the draft"):
        retraining.discard(draft.id)


def test_a_draft_is_not_discarded_under_its_training(retraining):
    draft = retraining.begin()
    running = lock.CaseLock.acquire(retraining.folder(draft.id), "", training_status._RUN)
    with pytest.raises(CoreError, match="Pause it first"):
        retraining.discard(draft.id)
    assert retraining.drafts() == (draft,)
    running.release()
    retraining.discard(draft.id)
    assert retraining.drafts() == ()


@pytest.mark.parametrize("wanted", ["../settings.json", "/etc", "", "no-such-draft"])
def test_no_id_leads_out_of_the_folder_of_drafts(retraining, wanted, own_user_folder):
    (own_user_folder / "settings.json").write_text("{}")
    for act in (retraining.open, retraining.discard, retraining.folder):
        with pytest.raises(NotFound):
            act(wanted)
    assert (own_user_folder / "settings.json").exists()
