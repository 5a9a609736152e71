import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester

from app.tables.exhibit_table import ExhibitTable, Role
from core.domain import ExhibitFilter, SortKey, Verdict
from tests.app.stand_in import StandIn


@pytest.fixture
def table(stand_in, jobs, qtbot):
    stand_in.open_case()
    made = ExhibitTable(stand_in, jobs)
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    made.idle = lambda: qtbot.waitUntil(lambda: not made._fetch_soon.isActive() and not jobs.running(quiet=True))
    made.show_all = lambda: (made.show_query(ExhibitFilter(), SortKey.TAKEN, False), made.idle())
    yield made
    tester.deleteLater()


def look(table, row):
    table.index(row).data(Role.LINE)
    table.idle()
    return table.index(row).data(Role.LINE)


def test_it_holds_ids_and_reads_lines_when_they_are_looked_at(table, stand_in):
    table.show_all()
    assert table.rowCount() == 12
    assert "exhibits.lines" not in stand_in.calls
    assert table.index(3).data(Role.LINE) is None
    assert look(table, 3).name == "photo_00003.jpg"
    assert stand_in.calls.count("exhibits.lines") == 1  # its neighbours came with it
    assert look(table, 4).id == 5
    assert stand_in.calls.count("exhibits.lines") == 1


def test_filter_and_order_decide_the_ids(table, stand_in):
    table.show_query(ExhibitFilter(verdicts=frozenset({Verdict.INCONCLUSIVE})), SortKey.NAME, True)
    table.idle()
    names = [stand_in.lines[number].name for number in table.ids]
    assert names == sorted(names, reverse=True)
    assert {stand_in.lines[number].verdict for number in table.ids} == {Verdict.INCONCLUSIVE}
    assert [table.row_of(number) for number in table.ids] == list(range(len(names)))
    assert table.row_of(999) == -1


def test_new_exhibits_are_appended_without_forgetting_the_old(table, stand_in):
    table.show_all()
    look(table, 0)
    resets = []
    table.modelReset.connect(lambda: resets.append(1))
    stand_in.add("late.jpg")
    table.reload()
    table.idle()
    assert table.rowCount() == 13
    assert not resets


def test_a_refresh_shows_the_old_line_until_the_new_one_is_here(table, stand_in):
    table.show_all()
    look(table, 0)
    stand_in.exhibits.tag([1], 4, True)
    table.refresh()
    assert table.index(0).data(Role.LINE).tags == ()
    table.idle()
    assert table.index(0).data(Role.LINE).tags == (4,)


def test_thumbnails_are_fetched_once_and_missing_ones_are_not_asked_for_again(table, stand_in, tmp_path):
    table.show_all()
    look(table, 0)
    assert table.index(0).data(Role.THUMBNAIL) is None
    table.idle()
    image = table.index(0).data(Role.THUMBNAIL)
    assert isinstance(image, QImage)
    assert not image.isNull()
    stand_in.exhibits.thumbnail = lambda sha256: tmp_path / "gone.jpg"
    table.index(1).data(Role.THUMBNAIL)
    table.idle()
    assert table.index(1).data(Role.THUMBNAIL).isNull()


def test_clearing_leaves_no_trace_for_the_next_case(table, stand_in):
    table.show_all()
    look(table, 0)
    table.index(0).data(Role.THUMBNAIL)
    table.clear()
    table.idle()
    assert table.rowCount() == 0
    assert table.line(1) is None
    assert table._thumbnails.size_bytes == 0


def test_an_answer_for_the_case_before_is_thrown_away(table, stand_in):
    stand_in.slow["exhibits.ids"] = 0.05
    table.show_query(ExhibitFilter(), SortKey.TAKEN, False)
    table.clear()
    table.idle()
    assert table.rowCount() == 0


def test_it_can_be_read_aloud(table):
    table.show_all()
    look(table, 0)
    spoken = table.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "photo_00000.jpg" in spoken
    assert "score 0." in spoken
    assert "Attributed" in spoken


def test_hostile_names_are_harmless(table, stand_in):
    stand_in.add("a\u202egpj.exe")
    table.show_all()
    look(table, 12)
    assert table.index(12).data() == "a⟨U+202E⟩gpj.exe"


def test_memory_is_bounded(jobs, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("app.tables.exhibit_table._MOST_LINES", 128)
    monkeypatch.setattr("app.tables.thumbnails._MOST_BYTES", 1_000_000)
    stand_in = StandIn(tmp_path, 600)
    stand_in.open_case()
    table = ExhibitTable(stand_in, jobs)
    table.show_query(ExhibitFilter(), SortKey.TAKEN, False)
    qtbot.waitUntil(lambda: table.rowCount() == 600)
    for row in range(0, 600, 10):
        table.index(row).data(Role.LINE)
        qtbot.waitUntil(lambda row=row: table.index(row).data(Role.THUMBNAIL) is not None)
    assert len(table._lines) <= 128 + 64
    assert table._thumbnails.size_bytes <= 1_000_000


def test_selection_model_survives_an_append(table, stand_in):
    table.show_all()
    selection = QItemSelectionModel(table)
    selection.select(table.index(2), QItemSelectionModel.SelectionFlag.Select)
    stand_in.add("late.jpg")
    table.reload()
    table.idle()
    assert selection.isSelected(table.index(2))
