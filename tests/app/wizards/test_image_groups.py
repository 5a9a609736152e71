from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.widgets.image_group_form import ImageGroupForm, class_name, common_claim, facts_text
from app.wizards.image_group_list import GroupLine, ImageGroupList, by_folder, group_lines
from core.retraining import ImageGroup, TrainingImage

_OUTER = ImageGroup("newgan", "lab", Path("/x"))
_INNER = ImageGroup("newgan", "other", Path("/x/inner"))


def image(path, **facts):
    return TrainingImage(Path(path), "newgan", "lab", "0" * 64, 10, **({"container": "PNG"} | facts))


def test_the_innermost_folder_has_an_image():
    images = [image("/x/a.png"), image("/x/deep/b.png"), image("/x/inner/c.png"), image("/y/d.png")]
    held = by_folder((_OUTER, _INNER), images)
    assert [one.path.name for one in held[_OUTER.folder]] == ["a.png", "b.png"]
    assert [one.path.name for one in held[_INNER.folder]] == ["c.png"]


def test_unreadable_files_are_counted_apart():
    broken = image("/x/b.png", problem="It is cut off.")
    lines = group_lines((_OUTER, _INNER), {_OUTER.folder: (image("/x/a.png"), broken)})
    assert lines == (GroupLine(_OUTER, 1, 1), GroupLine(_INNER))


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("Stable Diffusion XL 1.0", "stable-diffusion-xl-1.0"),
        ("DALL·E 3", "dall-e-3"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\u202eb", "a-b"),
        ("…", ""),
    ],
)
def test_a_claim_becomes_a_name(claim, name):
    assert class_name(claim) == name


def test_most_of_the_claims_win():
    images = [image(f"/x/{n}", claim=claim) for n, claim in enumerate(["A 1", "B 2", "A 1", ""])]
    assert common_claim(images) == "a-1"
    assert common_claim([image("/x/a")]) == ""


def test_facts_say_formats_sizes_and_what_the_files_name():
    images = [
        image("/x/a", width=512, height=640),
        image("/x/b", container="JPEG", width=1024, height=900, claim="A 1"),
        image("/x/c", problem="It is cut off."),
    ]
    assert facts_text(images) == "2 images: 1 PNG, 1 JPEG. Shorter side 512 to 900 px. 1 file names “A 1”."
    assert facts_text(images[2:]) == "No image in it can be read."


@pytest.fixture
def listed(qtbot):
    made = ImageGroupList()
    qtbot.addWidget(made)
    made.set_lines((GroupLine(_OUTER, 3), GroupLine(_INNER, 4, 1)))
    made.show()
    return made


def test_the_first_row_is_chosen_and_stays_so(listed):
    assert listed.chosen == (0,)
    listed.choose([1])
    listed.set_lines((GroupLine(_OUTER, 30), GroupLine(_INNER, 40)))
    assert listed.chosen == (1,)


def test_rows_that_are_gone_are_not_chosen(listed):
    listed.choose([1])
    listed.set_lines((GroupLine(_OUTER, 3),))
    assert listed.chosen == (0,)


def test_several_can_be_chosen(listed, qtbot):
    listed.setFocus()
    qtbot.keyClick(listed, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    listed.choose([0, 1])
    assert listed.chosen == (0, 1)


def test_a_long_path_shows_its_end_and_its_whole_in_the_tooltip(listed):
    listed.set_lines((GroupLine(replace(_OUTER, folder=Path("/a/b/c/d/e/f")), 1),))
    index = listed.model().index(0, 3)
    assert index.data() == str(Path("…", "d", "e", "f"))
    assert "/a/b/c/d/e/f" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_typing_is_heard_letter_by_letter_and_keeps_its_cursor(qtbot):
    form = ImageGroupForm()
    qtbot.addWidget(form)
    form.show()
    form.show_groups([_OUTER], [image("/x/a.png")])
    heard = []
    form.label_changed.connect(heard.append)
    line = form.label.lineEdit()
    line.setFocus()
    line.setCursorPosition(3)
    qtbot.keyClicks(line, "er")
    assert heard == ["newegan", "newergan"]
    form.show_groups([replace(_OUTER, label="newergan")], [image("/x/a.png")])
    assert line.cursorPosition() == 5


def test_without_a_choice_nothing_can_be_named(qtbot):
    form = ImageGroupForm()
    qtbot.addWidget(form)
    form.show_groups([], [])
    assert not form.isEnabled()
