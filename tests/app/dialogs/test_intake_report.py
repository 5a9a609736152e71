import csv
import io

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox

from app.dialogs.intake_report import IntakeReportDialog, summary_text
from core.domain import IntakeLine, IntakeOutcome, IntakeReport

LINES = (
    IntakeLine("/usb/a.jpg", IntakeOutcome.TAKEN, "", "aa", 1),
    IntakeLine("=HYPERLINK(1)", IntakeOutcome.NOT_AN_IMAGE, "-not an image, honest"),
    IntakeLine("/usb/b\u202e.jpg", IntakeOutcome.DUPLICATE, "The same bytes as a.jpg.", "aa", 1),
    IntakeLine("/usb/c.zip", IntakeOutcome.OPENED, "Three members."),
)


@pytest.fixture
def dialog(qtbot, jobs):
    made = IntakeReportDialog(IntakeReport(1, LINES, True), jobs)
    qtbot.addWidget(made)
    return made


def test_the_report_in_a_sentence():
    assert summary_text(IntakeReport(1, LINES, True)) == (
        "3 files and 1 archive: 2 in the case, 1 not (taken in 1, not an image 1, duplicate 1)."
    )
    assert "stopped" in summary_text(IntakeReport(1, LINES, False))


def test_every_line_is_there_and_what_was_refused_comes_first(dialog):
    shown = [[dialog.table.index(row, column).data() for column in range(3)] for row in range(4)]
    assert shown[0] == ["=HYPERLINK(1)", "Not an image", "-not an image, honest"]
    assert ["/usb/b⟨U+202E⟩.jpg", "Duplicate", "The same bytes as a.jpg."] in shown
    dialog.findChild(QCheckBox).click()
    assert dialog.table.rowCount() == 1


def test_a_reason_leaves_out_the_path_beside_it_but_the_csv_keeps_it(qtbot, jobs):
    line = IntakeLine("/usb/d.jpg", IntakeOutcome.TRUNCATED, "/usb/d.jpg is cut off: ask for another copy.")
    dialog = IntakeReportDialog(IntakeReport(1, (line,), True), jobs)
    qtbot.addWidget(dialog)
    cell = dialog.table.index(0, 2)
    assert cell.data() == "Is cut off: ask for another copy."
    assert line.reason in cell.data(Qt.ItemDataRole.ToolTipRole)
    assert line.reason in dialog.csv_text()


def test_no_cell_of_the_csv_is_a_formula(dialog):
    rows = list(csv.reader(io.StringIO(dialog.csv_text())))
    assert rows[0] == ["File", "Outcome", "Reason"]
    assert rows[1] == ["'=HYPERLINK(1)", "Not an image", "'-not an image, honest"]
    assert len(rows) == 5
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_saving_says_where(dialog, qtbot, tmp_path):
    with qtbot.waitSignal(dialog.message) as told:
        dialog.save(tmp_path / "report.csv")
    assert str(tmp_path / "report.csv") in told.args[0]
    assert (tmp_path / "report.csv").read_bytes().startswith(b"\xef\xbb\xbfFile,Outcome,Reason\r\n")
    with qtbot.waitSignal(dialog.message) as told:
        dialog.save(tmp_path / "missing" / "report.csv")
    assert "does not exist" in told.args[0]


def test_lines_can_be_copied(dialog):
    dialog._view.selectRow(0)
    dialog._view.copy()
    assert QApplication.clipboard().text() == "=HYPERLINK(1)\tNot an image\t-not an image, honest"
    dialog._view.clearSelection()
    dialog._view.copy()
    assert QApplication.clipboard().text().count("\n") == 3
