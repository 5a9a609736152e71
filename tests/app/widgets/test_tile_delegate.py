from dataclasses import replace

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from app.theme import DARK, LIGHT, build_palette
from app.widgets.tile_delegate import TileDelegate, verdict_icon
from core.domain import ExhibitLine, Verdict

LINE_ROLE, THUMBNAIL_ROLE = 300, 301


def painted(line, thumbnail, chosen=LIGHT, state=QStyle.StateFlag.State_None):
    from PySide6.QtGui import QPainter

    delegate, table, item = TileDelegate(), QStandardItemModel(), QStandardItem()
    delegate.line_role, delegate.thumbnail_role = LINE_ROLE, THUMBNAIL_ROLE
    item.setData(line, LINE_ROLE)
    item.setData(thumbnail, THUMBNAIL_ROLE)
    table.appendRow(item)
    option = QStyleOptionViewItem()
    option.palette, option.state = build_palette(chosen), state
    option.rect = QRect(0, 0, delegate.smallest().width(), delegate.smallest().height())
    picture = QImage(option.rect.size(), QImage.Format.Format_RGB32)
    picture.fill(0)
    painter = QPainter(picture)
    delegate.paint(painter, option, table.index(0, 0))
    painter.end()
    return picture


def a_line(**changes):
    line = ExhibitLine(
        *(1, "a" * 64, "a.jpg", "JPEG", 10, 10, (), False, False),
        *(Verdict.ATTRIBUTED, "StyleGAN", 0.9, 12),
    )
    return replace(line, **changes)


def test_verdicts_differ_in_shape_and_word_not_only_in_colour():
    assert len({verdict_icon(verdict) for verdict in (*Verdict, None)}) == len(Verdict) + 1


@pytest.mark.parametrize("chosen", [LIGHT, DARK])
@pytest.mark.parametrize("verdict", [*Verdict, None])
def test_every_verdict_can_be_painted(qapp, chosen, verdict):
    line = a_line(verdict=verdict) if verdict else a_line(verdict=None, architecture=None, score=None, agreement=None)
    assert painted(line, QImage(), chosen) != painted(None, None, chosen)


@pytest.mark.parametrize(
    "changes",
    [{"hidden": True}, {"tags": (1, 2)}, {"has_note": True}, {"reviewed": True}, {"score": 0.5}, {"agreement": 3}],
)
def test_every_mark_shows(qapp, changes):
    assert painted(a_line(**changes), None) != painted(a_line(), None)


def test_a_chosen_tile_looks_chosen(qapp):
    selected = painted(a_line(), None, state=QStyle.StateFlag.State_Selected)
    focused = painted(a_line(), None, state=QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus)
    assert painted(a_line(), None) != selected
    assert selected != focused


def test_an_unknown_architecture_names_no_class_on_its_tile():
    unknown = a_line(verdict=Verdict.UNKNOWN)
    same = painted(unknown, None) == painted(replace(unknown, architecture="pix2pix"), None)
    assert same
    unsure = a_line(verdict=Verdict.INCONCLUSIVE)
    assert painted(unsure, None) != painted(replace(unsure, architecture="pix2pix"), None)
