import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.tables.exhibit_table import ExhibitTable
from app.widgets.filmstrip import Filmstrip
from core.domain import ExhibitFilter, SortKey
from tests.app.stand_in import StandIn


@pytest.fixture
def strip(tmp_path, jobs, qtbot):
    stand_in = StandIn(tmp_path, 500)
    stand_in.open_case()
    table = ExhibitTable(stand_in, jobs)
    table.show_query(ExhibitFilter(), SortKey.TAKEN, False)
    qtbot.waitUntil(lambda: table.rowCount() == 500)
    made = Filmstrip(table, table)
    qtbot.addWidget(made)
    table.setParent(made)
    made.resize(600, made.height())
    made.got, made.stand_in = [], stand_in
    made.chosen.connect(made.got.append)
    made.show_exhibit(200)
    made.show()
    return made


def test_only_neighbours_are_fetched(strip, jobs, qtbot):
    qtbot.waitUntil(lambda: strip.stand_in.calls.count("exhibits.thumbnail") >= 5)
    qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    assert strip.stand_in.calls.count("exhibits.thumbnail") <= 11
    assert strip.accessibleDescription() == "200 of 500"


def test_a_click_or_the_wheel_chooses(strip, qtbot):
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip._place(201).center())
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip._place(199).center())  # the one in the middle
    assert strip.got == [202]
    for delta in (-120, 120, 30):
        turn = QWheelEvent(
            *(QPointF(5, 5), strip.mapToGlobal(QPointF(5, 5)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton),
            *(Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
        )
        QApplication.sendEvent(strip, turn)
    assert strip.got == [202, 201, 199]


def test_the_ends_lead_nowhere(strip, qtbot):
    strip.show_exhibit(1)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(10, 20))
    assert strip.got == []
    strip.show_exhibit(-1)
    strip.grab()
