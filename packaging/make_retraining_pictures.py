"""Makes the pictures of `docs/retraining.md`: the real window, led from the first page of a retraining to the last.

It needs a display with a window manager and, to be led by mouse and keyboard, xdotool. Where there is none:

    xvfb-run -s "-screen 0 1280x800x24" sh -c 'openbox & python packaging/make_retraining_pictures.py --pointer'

Paths are seen in the pictures; run it with `--place` on a folder that may be seen. What is there already is used again.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QTimer  # noqa: TID251 - it leads the window
from PySide6.QtWidgets import QScrollArea, QToolButton, QWizard  # noqa: TID251

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from retraining_material import Material  # noqa: E402

from app.bootstrap import PAGES, build_application  # noqa: E402
from app.jobs import Jobs  # noqa: E402
from app.main_window import MainWindow  # noqa: E402
from app.theme import apply_theme  # noqa: E402
from core.paths import settings_file  # noqa: E402
from core.retraining import CheckKind, RunStatus, Severity, WayOut  # noqa: E402
from core.services.workspace import Workspace  # noqa: E402
from core.settings import Settings  # noqa: E402

Condition = Callable[[], bool]
LONGEST_S = 240
SETTLING_S = 0.4  # between two looks at whether nothing is done any more
REASON = "looked at one by one: they are images of this class"
OVERRULED = "this detector shows a retraining and is used for nothing else"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the window is shown and led: theme, size in pixels, by pointer or by calls, and where pictures go."""

    theme: str
    size: tuple[int, int]
    pointer: bool
    out: Path
    screens: Path | None
    suffix: str


def main() -> int:
    """Make the pictures; returns the exit code."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        material = Material(given.place or Path(folder))
        material.prepare()
        width, height = map(int, given.size.split("x"))
        wishes = Wishes(given.theme, (width, height), given.pointer, given.out, given.screens, given.suffix)
        return _show(material, wishes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the pictures of docs/retraining.md.")
    parser.add_argument("--place", type=Path, help="folder for images, detector and case; a temporary one without it")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--screens", type=Path, help="folder for pictures of the whole screen")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--suffix", default="", help="for the names of the pictures")
    parser.add_argument("--pointer", action="store_true", help="lead the window with mouse and keyboard (xdotool)")
    return parser.parse_args()


def _show(material: Material, wishes: Wishes) -> int:
    application = build_application()
    apply_theme(application, wishes.theme)
    workspace, jobs = Workspace(Settings(settings_file())), Jobs()
    window = MainWindow(workspace, jobs, PAGES)
    window.setGeometry(0, 24, wishes.size[0], wishes.size[1] - 24)
    window.show()
    window.build_pages()
    leader = Leader(Story(window, jobs, material, wishes).steps(), application.exit)
    beat = QTimer(interval=50)
    beat.timeout.connect(leader.look)
    beat.start()
    status = int(application.exec())
    window.close()
    jobs.close()
    workspace.close()
    return status


class Leader:
    """Goes on with a story whenever what it waits for has come true.

    Args:
        steps: yields what is waited for.
        leave: ends the event loop.
    """

    def __init__(self, steps: Iterator[Condition], leave: Callable[[int], None]) -> None:
        self._steps, self._leave = steps, leave
        self._waits: Condition = lambda: True
        self._since, self._going = time.monotonic(), False

    def look(self) -> None:
        """Go one step on, if it is time."""
        if self._going:
            return
        if time.monotonic() - self._since > LONGEST_S:
            sys.stderr.write("waited in vain\n")
            self._leave(1)
        elif self._waits():
            self._step()

    def _step(self) -> None:
        self._going = True
        try:
            self._waits = next(self._steps)
        except StopIteration:
            self._leave(0)
        except Exception:
            self._leave(1)
            raise
        finally:
            self._since, self._going = time.monotonic(), False


class Story:
    """From the page Detectors to a detector in use.

    Args:
        window: the main window.
        jobs: its jobs.
        material: images, and the parent.
        wishes: how it is shown.
    """

    def __init__(self, window: Any, jobs: Any, material: Material, wishes: Wishes) -> None:  # noqa: ANN401 - Qt comes late
        self._window, self._jobs, self._material, self._wishes = window, jobs, material, wishes
        self._quiet_since = 0.0

    @property
    def _wizard(self) -> Any:  # noqa: ANN401
        return self._window.retraining.wizard

    def steps(self) -> Iterator[Condition]:
        """The story, step by step; each yields what is waited for."""
        yield self._idle
        self._choose_page("detectors")
        yield self._idle
        self._press(self._window.pages.page("detectors")._retrain)
        yield lambda: self._wizard is not None and self._wizard.isVisible() and self._idle()
        width, height = self._wishes.size
        self._wizard.setGeometry(20, 40, min(1120, width - 40), min(740, height - 50))
        yield self._idle
        yield from self._goal_and_images()
        yield from self._checks()
        yield from self._split()
        yield from self._training()
        yield from self._result_and_gate()
        yield from self._card()
        detectors = self._window.pages.page("detectors")._list
        detectors.setCurrentRow(detectors.count() - 1)
        yield self._idle
        self._picture("detectors", self._window)

    def _goal_and_images(self) -> Iterator[Condition]:
        self._picture("goal")
        yield from self._next("images")
        self._picture("images-empty")
        page = self._wizard.currentPage()
        if self._wishes.pointer:
            self._press(page.add_folder)
            yield _after(1.0)
            self._type(str(self._material.new))
            yield _after(0.5)
            self._key("Return")
            yield lambda: bool(page.draft.groups) and self._idle()
        else:
            page.add_paths([self._material.new])
            yield lambda: bool(page.draft.groups) and self._idle()
        page.list.selectAll()
        yield self._idle
        self._picture("images-added")
        self._press(page.form.exchange)
        yield self._idle
        page.list.choose([0])
        yield self._idle
        self._picture("images")
        yield from self._next("checks")

    def _checks(self) -> Iterator[Condition]:
        page = self._wizard.currentPage()
        yield lambda: bool(page.cards) and self._idle()
        self._picture("checks")
        for card in page.cards:
            sys.stderr.write(f"{card.headline.text()}: {card.finding.sentence}\n")
        yield from self._settle_all(page)
        self._picture("checks-settled")
        while self._wizard.currentPage() is page:  # with fewer images the checks may find something new
            yield from self._settle_all(page)
            self._press(self._wizard.button(QWizard.WizardButton.NextButton))
            yield _after(1.0)
            yield self._idle

    def _settle_all(self, page: Any) -> Iterator[Condition]:  # noqa: ANN401
        for card in page.cards:
            if card.finding.severity is not Severity.NOTE and not card._settled:
                yield from self._settle(card)

    def _settle(self, card: Any) -> Iterator[Condition]:  # noqa: ANN401
        """Leave out what is wrong, and go on with a reason where anything is left."""
        self._reveal(card)
        yield self._idle
        strangers = [row for row, tile in enumerate(card.pictures._tiles) if "set-b" in tile.meaning]
        if WayOut.LEAVE_OUT in card.ways and (strangers or card.finding.kind is CheckKind.UNREADABLE):
            yield from self._choose(card.pictures, strangers)
            self._picture(f"check-{re.sub('[^a-z]+', '-', card.finding.kind.value.lower())}")
            self._press(card.ways[WayOut.LEAVE_OUT])
            yield self._idle
        if not card._settled:
            self._press(card.ways[WayOut.GO_ON])
            yield self._idle
            self._write(card.reason, REASON)
            yield self._idle
            self._press(card.go_on)
            yield self._idle

    def _choose(self, pictures: Any, rows: Sequence[int]) -> Iterator[Condition]:  # noqa: ANN401
        """Choose some pictures of a finding, as a hand does it with Ctrl held down."""
        for number, row in enumerate(rows):
            item = pictures.item(row)
            if not self._wishes.pointer:
                item.setSelected(True)
            elif number:
                _xdotool("keydown", "ctrl")
                self._click(pictures.viewport(), pictures.visualItemRect(item).center())
                _xdotool("keyup", "ctrl")
            else:
                self._click(pictures.viewport(), pictures.visualItemRect(item).center())
            yield _after(0.4)

    def _split(self) -> Iterator[Condition]:
        page = self._wizard.currentPage()
        self._press(page.freeze)
        yield lambda: page.isComplete() and self._idle()
        self._picture("split")
        yield from self._next("training")

    def _training(self) -> Iterator[Condition]:
        page = self._wizard.currentPage()
        yield _after(2.0)
        yield self._idle
        self._picture("training-plan")
        self._press(page.view.start)
        yield lambda: page.view.state.status is RunStatus.RUNNING and page.view.state.done > 0
        yield _after(3.0)
        self._picture("training")
        yield lambda: page.view.state.status not in (RunStatus.RUNNING, RunStatus.NOT_STARTED) and self._idle()
        self._picture("trained")
        yield from self._next("result")

    def _result_and_gate(self) -> Iterator[Condition]:
        page = self._wizard.currentPage()
        for place, name in enumerate(("figures", "confusion", "wrong", "robustness", "maps")):
            if self._wishes.pointer:
                self._click(page.tabs.tabBar(), page.tabs.tabBar().tabRect(place).center())
            else:
                page.tabs.setCurrentIndex(place)
            yield _after(1.0)
            yield self._idle
            self._picture(f"result-{name}")
        yield from self._next("gate")
        gate = self._wizard.currentPage()
        if not gate.isComplete():
            self._write(gate.reason.edit, OVERRULED)
            yield self._idle
        self._picture("gate")
        yield from self._next("card")

    def _card(self) -> Iterator[Condition]:
        page = self._wizard.currentPage()
        self._write(page.form.summary, "Tells photographs from three toy generators.")
        yield self._idle
        self._picture("card")
        self._reveal(page.ahead.view)
        self._press(page.ahead.view.look)
        yield self._idle
        self._reveal(page.ahead.view.notices)
        yield self._idle
        self._press(page.ahead.view.notices)
        yield self._idle
        self._reveal(page.ahead.view)
        yield self._idle
        self._picture("consequences")
        self._press(page.write)
        yield self._idle
        self._press(page.use)
        yield lambda: page.draft.activated_at is not None and self._idle()
        self._picture("in-use")
        self._press(self._wizard.button(QWizard.WizardButton.FinishButton))
        yield lambda: self._wizard is None and self._idle()

    def _next(self, page_id: str) -> Iterator[Condition]:
        button = self._wizard.button(QWizard.WizardButton.NextButton)
        yield button.isEnabled
        self._press(button)
        yield lambda: self._wizard.currentPage().page_id == page_id and self._idle()

    def _idle(self) -> bool:
        """Nothing is done, for a while already."""
        if self._jobs.running(quiet=True):
            self._quiet_since = 0.0
            return False
        self._quiet_since = self._quiet_since or time.monotonic()
        done = time.monotonic() - self._quiet_since > SETTLING_S
        self._quiet_since = 0.0 if done else self._quiet_since
        return done

    def _choose_page(self, page_id: str) -> None:
        action = self._window.qactions[f"view.{page_id}"]
        buttons = self._window.findChildren(QToolButton)
        self._press(next(button for button in buttons if button.defaultAction() is action))

    def _press(self, button: Any) -> None:  # noqa: ANN401
        if not button.isEnabled():
            raise RuntimeError(f"cannot press {button.text()!r}")
        if self._wishes.pointer:
            self._click(button, button.rect().center())
        else:
            button.click()

    def _click(self, widget: Any, place: Any) -> None:  # noqa: ANN401
        at = widget.mapToGlobal(place)
        _xdotool("mousemove", str(at.x()), str(at.y()), "click", "1")

    def _write(self, field: Any, text: str) -> None:  # noqa: ANN401
        if self._wishes.pointer:
            self._reveal(field)
            self._click(field, field.rect().center())
            self._key("ctrl+a")
            self._type(text)
        else:
            (field.setText if hasattr(field, "setText") else field.setPlainText)(text)

    def _type(self, text: str) -> None:
        _xdotool("type", "--delay", "8", text)

    def _key(self, key: str) -> None:
        _xdotool("key", key)

    def _reveal(self, widget: Any) -> None:  # noqa: ANN401
        """Scroll until a widget is seen, its upper edge on top where there is room."""
        area = widget.parent()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parent()
        if area is not None:
            top = widget.mapTo(area.widget(), widget.rect().topLeft()).y()
            area.verticalScrollBar().setValue(max(0, top - 8))

    def _picture(self, name: str, widget: Any = None) -> None:  # noqa: ANN401
        """Write what a window shows, in few colours, and with `screens` what the whole screen shows."""
        shown, buffer = (widget or self._wizard).grab(), QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        shown.save(buffer, "PNG")
        self._wishes.out.mkdir(parents=True, exist_ok=True)
        file = self._wishes.out / f"retraining-{name}{self._wishes.suffix}.png"
        with Image.open(io.BytesIO(bytes(buffer.data().data()))) as image:
            image.convert("RGB").quantize(200, dither=Image.Dither.NONE).save(file, optimize=True)
        if self._wishes.screens is not None:
            self._wishes.screens.mkdir(parents=True, exist_ok=True)
            self._window.screen().grabWindow(0).save(str(self._wishes.screens / file.name))
        sys.stderr.write(f"{file.name}: {file.stat().st_size // 1024} KB\n")


def _after(seconds: float) -> Condition:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def _xdotool(*words: str) -> None:
    subprocess.run(["xdotool", *words], check=True)


if __name__ == "__main__":
    sys.exit(main())
