import time

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible

from app.tables.exhibit_table import ExhibitTable
from app.widgets.thumbnail_grid import ThumbnailGrid
from core.domain import ExhibitFilter, SortKey
from tests.app.stand_in import StandIn


@pytest.fixture
def make(tmp_path, jobs, qtbot):
    def build(count, **size):
        stand_in = StandIn(tmp_path, count)
        stand_in.open_case()
        table = ExhibitTable(stand_in, jobs)
        grid = ThumbnailGrid()
        qtbot.addWidget(grid)
        grid.set_table(table, table)
        grid.resize(size.get("width", 800), size.get("height", 600))
        grid.show()
        grid.table, grid.stand_in = table, stand_in
        table.setParent(grid)
        grid.idle = lambda: qtbot.waitUntil(lambda: not table._fetch_soon.isActive() and not jobs.running(quiet=True))
        table.show_query(ExhibitFilter(), SortKey.TAKEN, False)
        qtbot.waitUntil(lambda: table.rowCount() == count)
        grid.idle()
        return grid

    return build


def selected(grid):
    return [grid.table.ids[row] for row in grid.selected_rows()]


def test_only_what_is_seen_is_fetched(make, qtbot):
    grid = make(20_000)
    qtbot.waitUntil(lambda: grid.stand_in.calls.count("exhibits.thumbnail") > 3)
    grid.idle()
    seen = len(list(grid._rows_in(grid.viewport().rect())))
    assert grid.stand_in.calls.count("exhibits.thumbnail") <= seen
    assert grid.stand_in.calls.count("exhibits.lines") == 1
    grid.scrollToBottom()
    qtbot.waitUntil(lambda: grid.table.line(20_000) is not None)
    grid.idle()
    assert grid.stand_in.calls.count("exhibits.thumbnail") <= 2 * seen + grid._columns()


def test_twenty_thousand_rows_cost_no_time(make):
    grid = make(20_000)
    begun = time.perf_counter()
    grid.resize(1000, 700)
    grid.selectAll()
    grid.scrollToBottom()
    grid.repaint()
    assert time.perf_counter() - begun < 0.25  # some ten milliseconds on a quiet machine
    assert len(grid.selected_rows()) == 20_000


def test_the_keyboard_moves_and_selects(make, qtbot):
    grid = make(60)
    columns = grid._columns()
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert selected(grid) == [1]
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert selected(grid) == [2 + columns]
    qtbot.keyClick(grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert selected(grid) == [2 + columns, 3 + columns]
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert selected(grid) == [60]
    assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()))
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert selected(grid) == [1]


def test_shift_selects_in_reading_order(make, qtbot):
    grid = make(60)
    columns = grid._columns()
    left, shift = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(grid.viewport(), left, pos=grid._rect(columns - 1).center())
    qtbot.mouseClick(grid.viewport(), left, shift, pos=grid._rect(columns).center())
    assert selected(grid) == [columns, columns + 1]
    qtbot.mouseClick(grid.viewport(), left, Qt.KeyboardModifier.ControlModifier, pos=grid._rect(0).center())
    assert selected(grid) == [1, columns, columns + 1]


def test_a_click_beside_the_tiles_selects_nothing(make, qtbot):
    grid = make(2)
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid._rect(0).center())
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 590))
    assert selected(grid) == []


def test_a_rubber_band_selects_what_it_covers(make, qtbot):
    grid = make(3, width=900)
    view, left = grid.viewport(), Qt.MouseButton.LeftButton
    start, end = QPoint(10, 560), grid._rect(1).center()
    qtbot.mousePress(view, left, pos=start)
    qtbot.mouseMove(view, start + QPoint(20, -20))
    qtbot.mouseMove(view, end)
    qtbot.mouseMove(view, end + QPoint(1, 0))
    qtbot.mouseRelease(view, left, pos=end)
    assert selected(grid) == [1, 2]
    assert grid._band.isNull()


def test_a_double_click_chooses(make, qtbot):
    grid = make(5)
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid._rect(1).center())
    with qtbot.waitSignal(grid.chosen) as chosen:
        qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid._rect(1).center())
    assert chosen.args == [2]


def test_selection_and_place_follow_the_exhibits_when_the_order_changes(make, qtbot):
    grid = make(300)
    grid.select_row(150)
    grid.table.show_query(ExhibitFilter(), SortKey.TAKEN, True)
    qtbot.waitUntil(lambda: grid.table.ids[0] == 300)
    assert selected(grid) == [151]
    assert grid.currentIndex().row() == 149


def test_resizing_keeps_the_first_exhibit_in_sight(make):
    grid = make(3000)
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    first = grid._first_row()
    grid.resize(1300, 600)
    assert abs(grid._first_row() - first) < grid._columns()
    grid.set_side(96)
    assert abs(grid._first_row() - first) < 2 * grid._columns()


def test_typing_a_letter_does_not_read_every_row(make, qtbot):
    grid = make(2000)
    before = grid.stand_in.calls.count("exhibits.lines")
    qtbot.keyClick(grid, Qt.Key.Key_Q)
    grid.idle()
    assert grid.stand_in.calls.count("exhibits.lines") == before


def test_it_mirrors_for_right_to_left(make):
    grid = make(10)
    grid.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert grid._rect(0).left() > grid._rect(1).left()
    assert grid.indexAt(grid._rect(1).center()).row() == 1


def test_a_screen_reader_finds_the_tiles(make):
    grid = make(5)
    interface = QAccessible.queryAccessibleInterface(grid)
    assert interface is not None
    assert interface.childCount() >= 5
    assert "photo_00001.jpg" in interface.child(1).text(QAccessible.Text.Name)


def test_hovering_and_leaving_paint_without_complaint(make, qtbot):
    grid = make(5)
    qtbot.mouseMove(grid.viewport(), grid._rect(2).center())
    grid.leaveEvent(QEvent(QEvent.Type.Leave))
    grid.repaint()
