"""The exhibits of a report with their ticks and the numbers that they have in it."""

import pytest
from PySide6.QtCore import Qt

from app.pages.report import ReportPage


@pytest.fixture
def page(stand_in, jobs, qtbot):
    made = ReportPage(stand_in, jobs)
    qtbot.addWidget(made)
    made.show()
    made.set_case(stand_in.open_case())
    qtbot.waitUntil(lambda: not jobs.running(quiet=True) and made.ticks.rowCount() > 2, timeout=8000)
    return made


def first_lines(page, qtbot, jobs):
    table = page.ticks
    texts = lambda: [table.data(table.index(row, 0)) for row in range(3)]  # noqa: E731
    texts()
    qtbot.waitUntil(lambda: not jobs.running(quiet=True) and "…" not in texts(), timeout=8000)
    return [text.split("\n")[0].partition("  ")[0] for text in texts()]


def test_each_chosen_exhibit_has_the_number_of_the_report(page, qtbot, jobs):
    assert first_lines(page, qtbot, jobs) == ["E-001", "E-002", "E-003"]
    first = page.ticks.shown[0]
    page.ticks.choose((first,), on=False)
    assert first_lines(page, qtbot, jobs)[1:] == ["E-001", "E-002"]
    assert not first_lines(page, qtbot, jobs)[0].startswith("E-")
    spoken = page.ticks.data(page.ticks.index(1, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("E-001, ")
