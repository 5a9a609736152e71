"""The real Detectors page inside the window: its long work runs beside everything else."""

import pytest
from PySide6.QtWidgets import QFileDialog

from app.bootstrap import PAGES
from app.main_window import MainWindow
from tests.app.window_stand_in import ROWS


@pytest.fixture
def window(stand_in, jobs, qtbot):
    real = next(row for row in PAGES if row.id == "detectors")
    made = MainWindow(stand_in, jobs, tuple(real if row.id == "detectors" else row for row in ROWS))
    qtbot.addWidget(made, before_close_func=lambda window: setattr(window, "_forced", True))
    made.resize(1280, 800)
    made.show()
    made.build_pages()
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    made.idle()
    made.qactions["view.detectors"].trigger()
    return made


def test_measuring_shows_in_the_strip_and_stops_there_while_the_window_answers(
    window, stand_in, jobs, qtbot, tmp_path, monkeypatch
):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    stand_in.detectors.pause_s = 0.05
    tabs = window.pages.current.tabs
    tabs.setCurrentWidget(tabs.measurements)
    tabs.measurements.measure.click()
    (title,) = window.strip.titles
    assert title.startswith("Measuring field-native")
    window.qactions["view.settings"].trigger()
    assert window.pages.current_id == "settings"
    qtbot.waitUntil(lambda: "detectors.evaluate" in stand_in.calls)
    (job,) = jobs.running()
    job.cancel()
    window.idle()
    assert window.strip.titles == ()
    assert tabs.measurements.measure.isEnabled()
    assert tabs.measurements.choice.count() == 0


def test_what_was_measured_can_be_seen_and_written_onto_the_card(window, stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    view = window.pages.current.tabs.measurements
    window.pages.current.tabs.setCurrentWidget(view)
    view.measure.click()
    window.idle()
    assert "not on the card" in view.choice.currentText()
    view.record.click()
    window.idle()
    assert "detectors.record" in stand_in.calls


def test_where_there_is_one_detector_there_is_nothing_to_compare(window):
    tabs = window.pages.current.tabs
    tabs.setCurrentWidget(tabs.comparison)
    assert not tabs.comparison.compare.isEnabled()
