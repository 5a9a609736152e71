import pytest
from PySide6.QtWidgets import QSplitter, QWidget

from app.window_state import recall_splitters, recall_window, remember_layout
from core.settings import Settings


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize(
    "kept",
    [None, 7, {"version": 0}, {"version": 1, "window": "no base64 ⚠", "splitters": 3}, {"version": 1, "window": 5}],
)
def test_a_damaged_layout_is_no_layout(window, tmp_path, kept):
    settings = Settings(tmp_path / "settings.json")
    settings.remember("layout", kept)
    recall_window(window, settings)
    recall_splitters(window, settings)
    assert window.width() > 300


def test_what_was_never_shown_is_not_remembered_but_kept_from_before(window, tmp_path):
    settings = Settings(tmp_path / "settings.json")
    settings.remember("layout", {"version": 1, "splitters": {"triage": "AAAA"}})
    splitter = QSplitter(window)
    splitter.setObjectName("triage")
    remember_layout(window, settings)
    assert settings.recall("layout")["splitters"] == {"triage": "AAAA"}
