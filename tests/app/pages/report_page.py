"""The report page as tests drive it."""

from PySide6.QtWidgets import QPushButton

from app.actions import build_actions
from app.pages.report import ReportPage


def make_page(stand_in, jobs, qtbot):
    """The page on the stand-in; `open` opens the case, `idle` waits until nothing is under way."""
    made = ReportPage(stand_in, jobs)
    qtbot.addWidget(made)
    made.adopt_actions(build_actions(made))
    made.resize(1180, 740)
    made.show()
    for timer in (made._save_soon, made._renew_soon):
        timer.setInterval(timer.interval() // 20)
    made.said = []
    made.message.connect(made.said.append)
    jobs.changed.connect(made.reload)

    def quiet():
        timers = (made._save_soon, made._renew_soon, made._search_soon, made.view.preview.sheets._ask_soon)
        return not jobs.running(quiet=True) and not any(timer.isActive() for timer in timers)

    made.idle = lambda: qtbot.waitUntil(lambda: quiet() and not made.table._fetch_soon.isActive(), timeout=8000)
    made.open = lambda **how: (made.set_case(stand_in.open_case(**how)), made.idle())
    return made


def fill(page, **values):
    for part in page.view.fields.values():
        for name in set(part.names) & set(values):
            field = part.field(name)
            (field.setText if hasattr(field, "setText") else field.setPlainText)(values[name])


def sentences(points):
    return [point.sentence for point in points.points]


def link(points):
    return next(button for button in points.findChildren(QPushButton) if button.text() == "Show")
