from pathlib import Path

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QLabel

from app.dialogs.bug_report import BugReport
from app.dialogs.intake_report import IntakeReportDialog
from app.dialogs.shortcut_sheet import ShortcutSheet
from app.main_window import MainWindow
from core.domain import PendingIntake
from core.errors import BadInput, CaseInUse
from tests.app.window_stand_in import ROWS, drop, select, texts

CASE = Path("/cases/Portraits.dnacase")


def test_the_window_begins_with_the_case_page_and_little_to_do(window):
    assert window.pages.current_id == "case"
    assert window.qactions["case.new"].isEnabled()
    for action_id in ("case.close", "case.add_files", "triage.tag_1", "examine.fit", "edit.undo"):
        assert not window.qactions[action_id].isEnabled()


def test_opening_a_case_leads_to_triage(window, stand_in):
    window.open()
    assert window.pages.current_id == "triage"
    assert window.windowTitle().startswith("Election portraits")
    assert window.qactions["case.add_files"].isEnabled()
    window.do("case.close")
    assert window.pages.current_id == "case"
    assert window.windowTitle() == "DNA-Det Workbench"


def test_files_folders_and_archives_are_dropped_anywhere(window, stand_in):
    window.open()
    window.show_page("case")
    assert drop(window, "/usb/a.jpg", "/usb/folder", "/usb/b.zip")
    assert [line.name for line in stand_in.lines.values()][12:] == ["a.jpg", "folder", "b.zip"]
    assert stand_in.lines[13].verdict is not None


def test_a_drop_without_a_case_asks_for_one_first(window, stand_in, tmp_path):
    stand_in.lines.clear()
    assert drop(window, "/usb/a.jpg")
    page = window.pages.page("case")
    page._wizard._about._title.setText("Portraits")
    page._wizard.next()
    page._wizard._place._folder.setText(str(tmp_path))
    page._wizard.accept()
    window.idle()
    assert page._wizard is None
    assert window.desk.case.path == tmp_path / "Portraits.dnacase"
    assert [line.name for line in stand_in.lines.values()] == ["a.jpg"]


def test_a_dropped_case_is_opened(window, stand_in):
    assert drop(window, CASE)
    assert window.desk.case.path == CASE


def test_a_read_only_case_disables_writes(window, stand_in):
    window.open(read_only=True)
    select(window, 0)
    for action_id in ("case.add_files", "case.analyse", "triage.tag_1", "triage.note", "triage.review", "edit.undo"):
        assert not window.qactions[action_id].isEnabled(), action_id
    assert window.qactions["triage.quick_look"].isEnabled()
    assert not drop(window, "/usb/a.jpg")
    assert any(label.text() == "read-only" for label in window.status.findChildren(QLabel))


def test_a_case_in_use_is_a_bar_with_a_way_on(window, stand_in, qtbot):
    stand_in.fail["cases.open"] = CaseInUse(CASE, "A. Moreau on lab-3")
    window.open()
    assert "A. Moreau on lab-3" in texts(window)[0]
    window.messages.notices[0].choices[0].act()
    window.idle()
    assert window.desk.case.read_only


def test_an_unfinished_intake_is_a_bar(window, stand_in):
    stand_in.open_case()
    stand_in.pending = PendingIntake(3, stand_in.cases.current.created_at, 120, 4)
    window.open()
    assert "120 done, 4 left" in texts(window)[0]


def test_known_errors_are_a_bar_and_bugs_a_report(window, stand_in, jobs, qtbot):
    from app.jobs import Lane

    def refuse(progress):
        raise BadInput("A case needs a title.")

    jobs.start(refuse, lane=Lane.DISK)
    window.idle()
    assert texts(window) == ["A case needs a title."]
    assert window.findChild(BugReport) is None
    jobs.start(lambda progress: 1 / 0, lane=Lane.DISK)
    window.idle()
    report = window.findChild(BugReport)
    assert "ZeroDivisionError" in report.text
    window.bug_found.emit(KeyError("x"))
    assert "KeyError" in report.text


def test_what_was_not_taken_in_is_said_with_a_way_to_the_report(window, stand_in):
    window.open()
    drop(window, "/usb/a.jpg", "/usb/notes.txt")
    notice = window.messages.notices[-1]
    assert notice.text == "Taken in 1, 1 not."
    notice.choices[0].act()
    window.idle()
    assert window.findChild(IntakeReportDialog).isVisible()


def test_the_report_and_the_sheet_open(window, stand_in, qtbot):
    window.open()
    window.do("case.report")
    assert texts(window) == ["Nothing was taken into this case yet."]
    drop(window, "/usb/a.jpg")
    window.do("case.report")
    assert window.findChild(IntakeReportDialog) is not None
    window.do("help.shortcuts")
    assert window.findChild(ShortcutSheet).isVisible()
    window.do("help.about")


def test_recent_cases_are_in_the_menu_and_on_the_page(window, stand_in):
    stand_in.settings.remember("recent", [str(CASE)])
    window.desk.read_recent()
    window.idle()
    window._recent.actions()[0].trigger()
    window.idle()
    assert window.desk.case.path == CASE


def test_settings_take_effect_at_once(window, stand_in, qtbot):
    settings = window.pages.page("settings")
    with qtbot.waitSignal(window.theme_wished) as wished:
        settings.choose("view.theme", "dark")
    assert wished.args == ["dark"]
    names = ("Zero", *stand_in.settings.get("triage.tags")[1:])
    settings.choose("triage.tags", names)
    window.idle()
    assert window.qactions["triage.tag_0"].text() == "0  Zero"
    window.status.device_wished.emit("cpu")
    window.idle()
    assert stand_in.settings.get("analysis.device") == "cpu"


def test_the_status_bar_tells_detector_and_device(window):
    assert window.status._detector.text() == "Detector: field-native 1"
    assert window.status._device.text() == "Computes on: CPU (2 threads)"
    window.status._detector.click()
    assert window.pages.current_id == "detectors"


def test_the_layout_is_remembered(window, stand_in, jobs, qtbot):
    window.open()
    window.resize(700, 700)  # as narrow as it gets; the offscreen display is small
    window.pages.page("triage").view.splitter.setSizes([215, 400, 230])
    sizes = window.pages.page("triage").view.splitter.sizes()
    window.close()
    again = MainWindow(stand_in, jobs, ROWS)
    qtbot.addWidget(again, before_close_func=lambda window: setattr(window, "_forced", True))
    again.show()
    again.open_case(CASE)
    qtbot.waitUntil(lambda: again.desk.case is not None and not jobs.running(quiet=True))
    assert again.height() == 700
    splitter = again.pages.page("triage").view.splitter
    qtbot.waitUntil(lambda: abs(splitter.sizes()[0] - sizes[0]) <= 2)


def test_closing_stops_what_runs_and_saves_the_note(window, stand_in, jobs, qtbot):
    window.open()
    select(window, 0)
    window.pages.current.view.inspector._work.note.setPlainText("last words")
    stand_in.intake.pause_s = 0.005
    window.desk.take([Path(f"/usb/{number}.jpg") for number in range(2000)])
    qtbot.waitUntil(lambda: len(stand_in.lines) > 14)
    for _ in range(2):  # an impatient analyst
        event = QCloseEvent()
        window.closeEvent(event)
        assert not event.isAccepted()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert stand_in.notes == {1: "last words"}
    assert len(stand_in.lines) < 2000
    assert stand_in.pending is not None
