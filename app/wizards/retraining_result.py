"""The page of the result: the new detector beside its parent, on images that neither was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.jobs import Jobs, Lane
from app.widgets.banner import Banner
from app.widgets.card_fields import number, rows, text
from app.widgets.result_views import ConfusionPair, FiguresView, MapPair, RobustnessPair
from app.widgets.result_words import summary
from app.widgets.wrong_examples import WrongExamples
from app.wizards.retraining_outcome import Outcome, OutcomePage

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_MOST_PIXELS = 720  # of a picture's longer side; more is not seen here


class ResultPage(OutcomePage):
    """Shows figures, what was called what, wrong answers, robustness, and the maps before and after."""

    page_id = "result"

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.setTitle("Result")
        self.setSubTitle("Both detectors on the same frozen test images: what got better, and what got worse?")
        self.banner, self.tabs = Banner("Result"), QTabWidget()
        self.figures, self.confusion, self.wrong = FiguresView(), ConfusionPair(), WrongExamples()
        self.robustness, self.maps = RobustnessPair(), MapPair()
        self._arrange()
        self.wrong.picture_wished.connect(self._read_pictures)
        self.show_nothing()

    def isComplete(self) -> bool:
        """There is something to be judged by the gate."""
        return self.outcome is not None

    def show_nothing(self) -> None:
        """Only the waiting is seen."""
        self.banner.hide()
        self.tabs.hide()

    def show_outcome(self, outcome: Outcome) -> None:
        """Fill the tabs."""
        result, titles, names = outcome.result, outcome.titles, outcome.names
        headline, sentence = summary(result)
        self.banner.say(headline, sentence)
        self.figures.set_result(result, titles, names)
        self.confusion.set_result(result, titles, names)
        mistakes = rows(result, "wrong")
        self.wrong.set_rows(mistakes, titles)
        self.robustness.set_result(result, names)
        self.maps.set_result(result, titles, names)
        place = self.tabs.indexOf(self.wrong)
        in_all = max(int(number(result, "wrong_in_all") or 0), len(mistakes))
        self.tabs.setTabText(place, f"&Wrong answers ({in_all:,})" if in_all else "&Wrong answers")
        self.wrong.set_more(in_all - len(mistakes))
        self.banner.show()
        self.tabs.show()

    def _arrange(self) -> None:
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Parts of the result")
        for part, title in (
            (self.figures, "F&igures"),
            (self.confusion, "What was &called what"),
            (self.wrong, "&Wrong answers"),
            (self.robustness, "&Robustness"),
            (self.maps, "&Maps"),
        ):
            self.tabs.addTab(part, title)
        layout = QVBoxLayout(self)
        layout.addWidget(self.waiting)
        layout.addWidget(self.banner)
        layout.addWidget(self.tabs, 1)
        layout.addStretch(0)

    def _read_pictures(self, place: int) -> None:
        if self.draft is None:
            return
        row, folder = self.wrong.row(place), self.workspace.retraining.folder(self.draft.id)
        plain, heat_map = folder / "thumbnails" / f"{text(row, 'sha256')}.jpg", folder / text(row, "picture")
        self.jobs.start(
            lambda _: (place, _image(plain), _image(heat_map) if text(row, "picture") else None),
            self._show_pictures,
            lane=Lane.DISK,
            quiet=True,
            token=(id(self), "pictures"),
        )

    def _show_pictures(self, found: tuple[int, QImage | None, QImage | None]) -> None:
        self.wrong.set_pictures(*found)


def _image(path: Path) -> QImage | None:
    """A picture that the program itself made, small enough to be shown; None when it is not there."""
    image = QImage(str(path))
    if image.isNull():
        return None
    longest = max(image.width(), image.height())
    return image.scaledToWidth(round(image.width() * _MOST_PIXELS / longest)) if longest > _MOST_PIXELS else image
