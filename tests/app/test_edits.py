import pytest

from app.edits import Edits, NoteEdit, ReviewEdit, TagEdit
from core.errors import DiskFull


@pytest.fixture
def edits(stand_in, jobs, qtbot):
    case = stand_in.open_case()
    made = Edits(stand_in, jobs)
    made.set_case(case.path)
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    return made


def tags(stand_in):
    return {number: line.tags for number, line in stand_in.lines.items() if line.tags}


def test_a_tag_is_given_and_taken_back_exactly(edits, stand_in):
    stand_in.exhibits.tag([2], 3, True)
    edits.apply(TagEdit((1, 2, 4), 3))
    edits.idle()
    assert tags(stand_in) == {1: (3,), 2: (3,), 4: (3,)}
    edits.stack.undo()
    edits.idle()
    assert tags(stand_in) == {2: (3,)}  # it had the tag before
    edits.stack.redo()
    edits.idle()
    assert tags(stand_in) == {1: (3,), 2: (3,), 4: (3,)}


def test_a_digit_takes_the_tag_when_all_have_it(edits, stand_in):
    stand_in.exhibits.tag([1, 2], 5, True)
    edits.apply(TagEdit((1, 2), 5))
    edits.idle()
    assert tags(stand_in) == {}


def test_quick_edits_keep_their_order(edits, stand_in):
    stand_in.slow["exhibits.tag"] = 0.02
    edits.apply(TagEdit((1,), 1))
    edits.stack.undo()
    edits.apply(TagEdit((1,), 2))
    edits.idle()
    assert tags(stand_in) == {1: (2,)}


def test_notes_and_reviews_are_taken_back(edits, stand_in):
    stand_in.exhibits.note(1, "first")
    edits.apply(NoteEdit(1, "second"))
    edits.apply(ReviewEdit((1, 2)))
    edits.idle()
    assert stand_in.notes[1] == "second"
    assert stand_in.lines[2].reviewed
    edits.stack.undo()
    edits.stack.undo()
    edits.idle()
    assert stand_in.notes[1] == "first"
    assert not stand_in.lines[2].reviewed


def test_undo_says_what_it_takes_back(edits):
    edits.apply(TagEdit((1, 2), 3))
    edits.idle()
    assert edits.stack.undoText() == "tag 3 (2 exhibits)"


def test_a_failed_edit_is_told_and_leaves_the_stack(edits, stand_in, qtbot):
    edits.apply(TagEdit((1,), 1))
    edits.idle()
    stand_in.fail["exhibits.tag"] = DiskFull("There is no space left.")
    with qtbot.waitSignal(edits.message) as told:
        edits.apply(TagEdit((2,), 1))
    assert told.args == ["There is no space left."]
    assert edits.stack.count() == 1
    del stand_in.fail["exhibits.tag"]
    edits.stack.undo()
    edits.idle()
    assert tags(stand_in) == {}


def test_an_edit_never_lands_in_another_case(edits, stand_in, qtbot, tmp_path):
    stand_in.slow["exhibits.lines"] = 0.05
    stand_in.cases.open(tmp_path / "other.dnacase")
    with qtbot.waitSignal(edits.message) as told:
        edits.apply(TagEdit((1,), 1))
    assert "sample.dnacase" in told.args[0]
    assert tags(stand_in) == {}


def test_nothing_selected_is_no_edit(edits):
    edits.apply(TagEdit((), 1))
    assert edits.stack.count() == 0


def test_a_note_that_cannot_be_saved_is_kept_until_it_is_taken_or_replaced(edits, stand_in, qtbot):
    stand_in.fail["exhibits.note"] = DiskFull("There is no space left.")
    with qtbot.waitSignals([edits.note_kept, edits.message]):
        edits.apply(NoteEdit(1, "precious", "a.jpg"))
    assert edits.stack.count() == 0
    assert edits.take_kept_note(1) == "precious"
    assert edits.take_kept_note(1) is None
    with qtbot.waitSignal(edits.message) as told:
        edits.apply(NoteEdit(1, "precious", "a.jpg"))
    assert told.args == ["The note of a.jpg was not saved: There is no space left."]
    del stand_in.fail["exhibits.note"]
    edits.apply(NoteEdit(1, "newer", "a.jpg"))
    edits.idle()
    assert edits.take_kept_note(1) is None
