from dataclasses import replace

import pytest

from app.edits import Edits, TagEdit
from app.examiner_edits import ChangeAnnotation, ChangeGroup, DrawAnnotation, MakeGroup, RemoveAnnotation, RemoveGroup
from core.errors import BadInput, DiskFull
from core.examine import AnnotationKind

BOX = ((0.1, 0.1), (0.5, 0.5))


@pytest.fixture
def edits(stand_in, jobs, qtbot):
    case = stand_in.open_case()
    made = Edits(stand_in, jobs)
    made.set_case(case.path)
    made.told = []
    made.message.connect(made.told.append)
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    made.do = lambda edit: (made.apply(edit), made.idle())
    made.undo = lambda times=1: ([made.stack.undo() for _ in range(times)], made.idle())
    made.redo = lambda times=1: ([made.stack.redo() for _ in range(times)], made.idle())
    return made


def test_a_mark_goes_through_all_its_changes_and_back_under_one_number(edits, stand_in):
    annotations = stand_in.annotations.annotations
    edits.do(DrawAnnotation(1, AnnotationKind.RECTANGLE, BOX, "hand"))
    (drawn,) = annotations.values()
    changed = replace(drawn, text="left hand", in_report=False)
    edits.do(ChangeAnnotation(changed))
    edits.do(RemoveAnnotation(changed))
    assert annotations == {}
    edits.undo()
    assert annotations == {drawn.id: changed}
    edits.undo()
    assert annotations == {drawn.id: drawn}
    edits.undo()
    assert annotations == {}
    edits.redo(2)
    assert annotations == {drawn.id: changed}
    edits.redo()
    assert annotations == {}
    assert edits.told == []


def test_so_does_a_group(edits, stand_in):
    groups = stand_in.groups.groups
    edits.do(MakeGroup("Same camera", (2, 1), "dust"))
    (made,) = groups.values()
    assert (made.name, made.exhibit_ids, made.note) == ("Same camera", (1, 2), "dust")
    renamed = replace(made, name="Same phone", exhibit_ids=(1, 2, 3))
    edits.do(ChangeGroup(renamed))
    edits.do(RemoveGroup(renamed))
    assert groups == {}
    edits.undo(2)
    assert groups == {made.id: made}
    edits.redo(2)
    assert groups == {}
    edits.undo(3)
    assert groups == {}
    edits.redo()
    assert groups == {made.id: made}


def test_edits_of_both_kinds_are_taken_back_in_order(edits, stand_in):
    edits.do(TagEdit((1,), 3))
    edits.do(MakeGroup("One", (1,)))
    assert "group One" in edits.stack.undoText()
    edits.undo()
    assert stand_in.groups.groups == {}
    assert stand_in.lines[1].tags == (3,)
    assert "tag 3" in edits.stack.undoText()


@pytest.mark.parametrize(
    ("edit", "call"),
    [(DrawAnnotation(1, AnnotationKind.ARROW, BOX), "annotations.add"), (MakeGroup("One", (1,)), "groups.make")],
)
def test_what_is_refused_is_said_and_leaves_the_stack(edits, stand_in, edit, call):
    stand_in.fail[call] = DiskFull("There is no space left.")
    edits.do(edit)
    assert edits.told == ["There is no space left."]
    assert not edits.stack.canUndo()


def test_undone_before_the_refusal_is_known_nothing_breaks(edits, stand_in):
    stand_in.fail["groups.make"] = BadInput("There is a group called 'One' already.")
    stand_in.slow["groups.make"] = 0.05
    edits.apply(MakeGroup("One", (1,)))
    edits.stack.undo()
    edits.idle()
    assert edits.told == ["There is a group called 'One' already."]
    assert "groups.remove" not in stand_in.calls


def test_captions_are_harmless(edits):
    edits.do(MakeGroup("a\u202eb", (1,)))
    assert "\u202e" not in edits.stack.undoText()
