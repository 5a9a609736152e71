import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFileDialog, QLineEdit, QSpinBox

from app.pages.settings import SettingsPage
from app.widgets.file_field import FileField
from app.widgets.long_text import LongText
from core.errors import DiskFull
from core.reporting import kept_template


@pytest.fixture
def page(stand_in, jobs, qtbot):
    made = SettingsPage(stand_in, jobs)
    qtbot.addWidget(made)
    made.show()
    made.changed = []
    made.setting_changed.connect(made.changed.append)
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    return made


def part(page, kind, name):
    return next(each for each in page.findChildren(kind) if name in (each.accessibleName() or each.text()))


def test_every_kind_of_setting_is_kept_at_once(page, stand_in):
    part(page, QCheckBox, "Analyse after intake").click()
    theme = part(page, QComboBox, "Colours")
    theme.activated.emit(theme.findData("dark"))
    name = part(page, QLineEdit, "Your name")
    name.setText("A. Moreau ")
    name.editingFinished.emit()
    limit = part(page, QSpinBox, "Largest image")
    limit.setValue(50)
    limit.editingFinished.emit()
    tag = part(page, QLineEdit, "Names of the tags 0–9: 3")
    tag.setText("Ask again")
    tag.editingFinished.emit()
    page.idle()
    get = stand_in.settings.get
    assert get("analysis.automatic") is False
    assert (get("view.theme"), get("examiner"), get("intake.pixel_limit_mp")) == ("dark", "A. Moreau", 50)
    assert get("triage.tags")[3] == "Ask again"
    assert set(page.changed) == {
        *("analysis.automatic", "view.theme", "examiner", "intake.pixel_limit_mp", "triage.tags")
    }


def test_what_did_not_change_is_not_written(page, stand_in):
    part(page, QLineEdit, "Your name").editingFinished.emit()
    page.idle()
    assert page.changed == []


def test_a_refused_value_is_told_and_taken_back(page, stand_in, qtbot, monkeypatch):
    def refuse(key, value):
        raise DiskFull("There is no space left.")

    monkeypatch.setattr(stand_in.settings, "set", refuse)
    name = part(page, QLineEdit, "Your name")
    name.setText("Somebody")
    with qtbot.waitSignal(page.message) as told:
        name.editingFinished.emit()
    assert told.args == ["There is no space left."]
    assert name.text() == ""


def test_the_wheel_scrolls_and_changes_nothing(page):
    theme = part(page, QComboBox, "Colours")
    before = theme.currentIndex()
    down = QWheelEvent(
        *(QPointF(5, 5), theme.mapToGlobal(QPointF(5, 5)), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton),
        *(Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(theme, down)
    assert theme.currentIndex() == before


def test_the_laboratory_is_described_once_for_all_reports(page, stand_in, monkeypatch):
    address = part(page, LongText, "Address")
    address.setPlainText("Harbour Street 3\n20457 Hamburg\n")
    address.left.emit()
    logo = part(page, FileField, "Logo")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/lab/logo.png", ""))
    logo.button.click()
    language = part(page, QComboBox, "Language of reports")
    assert [language.itemText(place) for place in range(language.count())] == ["English", "German"]
    language.activated.emit(language.findData("de"))
    page.idle()
    template = kept_template(stand_in.settings)
    assert (template.address, template.logo, template.language) == (
        *("Harbour Street 3\n20457 Hamburg", "/lab/logo.png", "de"),
    )
    assert "laboratory.logo" in page.changed
