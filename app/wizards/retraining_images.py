"""The second page of a retraining: which images, of which architecture, from which source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.jobs import Jobs, Lane
from app.widgets.drop_area import DropArea, DropVeil
from app.widgets.image_group_form import ImageGroupForm
from app.widgets.other_images import OtherImages
from app.widgets.retraining_words import missing
from app.widgets.verdict_header import plain_label
from app.widgets.work_line import WorkLine
from app.wizards.consent_asking import ConsentAsking
from app.wizards.image_group_list import ImageGroupList, by_folder, group_lines
from app.wizards.page_work import PageWork
from app.wizards.retraining_page import RetrainingPage
from app.wizards.training_thumbnails import TrainingThumbnails
from app.wording import counted
from core.errors import Cancelled, CoreError, NotFound
from core.progress import Progress
from core.retraining import Draft, ImageGroup, TrainingImage

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_FOLDER = "training_images"
_NOT_READ = "The images were not read. Take the folder out that is missing, or press “Read again”."
_FROZEN = "The split is frozen, so the images stay as they are. It can be opened again on the page “Split”."
_NO_FOLDER = "Drop folders: all images in a folder are given one architecture and one source."


@dataclass(frozen=True, slots=True)
class _Parent:
    classes: tuple[str, ...]
    rehearses: bool
    case_open: bool


class ImagesPage(RetrainingPage):
    """Takes folders by drop or by question, and exhibits by consent."""

    page_id = "images"

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.empty = DropArea(
            "Drop folders with images here",
            "One folder for each architecture and source. A folder of the form CLASS/SOURCE is taken apart by itself.",
            sign="add-folder",
        )
        self.list, self.form, self.others = ImageGroupList(), ImageGroupForm(), OtherImages()
        self.add_folder, self.from_case = QPushButton("Add fo&lder…"), QPushButton("From the open &case…")
        self.again, self.lacking = QPushButton("&Read again"), plain_label("What is still missing")
        self._stack, self._split, self._line = QStackedWidget(), QSplitter(), WorkLine()
        self._work = PageWork(jobs, self._line, self)
        self._thumbnails = TrainingThumbnails(workspace, jobs, self)
        self.asking = ConsentAsking(workspace, jobs, self)
        self._veil = DropVeil(self, self._invite)
        self._parent: _Parent | None = None
        self._read: dict[Path, tuple[TrainingImage, ...]] = {}
        self._read_failed = False
        self._build()
        self._connect()

    def show_draft(self, draft: Draft) -> None:
        """Show the images of a draft, and count them."""
        super().show_draft(draft)
        self._show()
        self._read_parent()
        self._count()

    def isComplete(self) -> bool:
        """Whether the images can be checked."""
        return self.draft is not None and not self._lacks()

    def leave(self) -> None:
        """Nobody waits for counts and thumbnails."""
        self._work.drop()
        self.asking.work.drop()
        self._thumbnails.forget()

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Take folders in, after looking at what they probably are."""
        images = self.workspace.training_images

        def look(progress: Progress) -> tuple[ImageGroup, ...]:
            folders = [path for path in paths if path.is_dir()]
            if not folders:
                raise NotFound(_NO_FOLDER)
            self.workspace.settings.remember(_FOLDER, str(folders[0].parent))
            return tuple(group for folder in folders for group in images.suggest(folder, progress))

        self._work.run(look, self._add_groups, self._count, title="Looking at the folder")

    def _add_groups(self, groups: Sequence[ImageGroup]) -> None:
        draft = self.draft
        if draft is None:
            return
        there = {group.folder for group in draft.groups}
        new = tuple(group for group in groups if group.folder not in there)
        if len(new) < len(groups):
            self.message.emit(f"{counted(len(groups) - len(new), 'folder is', 'folders are')} in the list already.")
        self._change_groups((*draft.groups, *new))
        self.list.choose(range(len(draft.groups), len(draft.groups) + len(new)))
        self._count()

    def _change_groups(self, groups: Sequence[ImageGroup]) -> None:
        if self.draft is not None:
            self.change(replace(self.draft, groups=tuple(groups)))
            self._show()

    def _rename(self, *, label: str | None = None, source: str | None = None) -> None:
        """Give the chosen groups another label or source."""
        if self.draft is None:
            return
        chosen = self.list.chosen
        groups = [_renamed(one, label, source) if row in chosen else one for row, one in enumerate(self.draft.groups)]
        if tuple(groups) != self.draft.groups:
            self.change(replace(self.draft, groups=tuple(groups)))
            self.list.set_lines(group_lines(groups, self._read, failed=self._read_failed))
            self._say_missing()

    def _exchange(self) -> None:
        if self.draft is not None:
            chosen = self.list.chosen
            groups = [
                replace(one, label=one.source, source=one.label) if row in chosen else one
                for row, one in enumerate(self.draft.groups)
            ]
            self._change_groups(groups)

    def _remove(self) -> None:
        if self.draft is not None:
            chosen = self.list.chosen
            self._change_groups([one for row, one in enumerate(self.draft.groups) if row not in chosen])
            if self._read_failed:
                self._count()

    def _count(self) -> None:
        """Read the images; those that were read before cost nothing."""
        draft, services = self.draft, self.workspace
        if draft is None or not draft.groups or self._work.busy:
            return
        self._read_failed = False

        def read(progress: Progress) -> dict[Path, tuple[TrainingImage, ...]]:
            folder = services.retraining.folder(draft.id)
            return by_folder(draft.groups, services.training_images.read(draft.groups, folder, progress))

        self._work.run(read, self._take_read, self._take_not_read, title="Reading the images")
        self._show()

    def _take_read(self, read: dict[Path, tuple[TrainingImage, ...]]) -> None:
        self._read = read
        self._show()

    def _take_not_read(self) -> None:
        self._read_failed = True
        self._show()

    def _show(self) -> None:
        draft = self.draft
        if draft is None:
            return
        self._stack.setCurrentWidget(self._split if draft.groups else self.empty)
        self.list.set_lines(group_lines(draft.groups, self._read, failed=self._read_failed))
        known = self._parent.classes if self._parent is not None else ()
        self.form.set_names(known, draft.added)
        self.others.show_draft(draft, rehearses=self._parent is not None and self._parent.rehearses)
        self._show_chosen()
        self._say_missing()

    def _show_chosen(self) -> None:
        lines = [self.list.lines[row] for row in self.list.chosen]
        held = [self._read.get(line.group.folder) for line in lines]
        waiting = any(images is None for images in held) and not self._read_failed
        images = None if waiting else [one for images in held for one in images or ()]
        self.form.show_groups([line.group for line in lines], images)
        if self.draft is not None:
            self._thumbnails.load(self.draft.id, self.form.pictures.wanted, self.form.pictures.add_images)

    def _say_missing(self) -> None:
        frozen = self.draft is not None and bool(self.draft.split_digest)
        for part in (self.form, self.others, self.add_folder):
            part.setEnabled(not frozen)
        self.from_case.setEnabled(not frozen and self._parent is not None and self._parent.case_open)
        self.again.setVisible(self._read_failed)
        self.lacking.setText(_FROZEN if frozen else self._lacks())
        self.completeChanged.emit()

    def _lacks(self) -> str:
        if self.draft is None or self._parent is None:
            return "Reading the detector …"
        if self.draft.split_digest:
            return ""
        lacks = missing(self.draft, self._parent.classes, rehearses=self._parent.rehearses)
        return lacks or (_NOT_READ if self._read_failed else "")

    def _read_parent(self) -> None:
        draft, services = self.draft, self.workspace

        def read(_progress: Progress) -> _Parent:
            case = services.cases.current
            open_case = case is not None and not case.read_only
            if draft is None or draft.parent is None:
                return _Parent((), False, open_case)
            found = services.detectors.find(draft.parent.digest)
            return _Parent(found.classes, found.path.with_suffix(".rehearsal").is_file(), open_case)

        self.jobs.start(read, self._take_parent, self._tell, lane=Lane.DISK, quiet=True, token=(id(self), "parent"))

    def _take_parent(self, parent: _Parent) -> None:
        self._parent = parent
        self._show()

    def _invite(self, _paths: Sequence[Path]) -> str:
        frozen = self.draft is None or bool(self.draft.split_digest)
        return "" if frozen else "Drop to learn from these images"

    def _ask_folder(self) -> None:
        start = str(self.workspace.settings.recall(_FOLDER, ""))
        name = QFileDialog.getExistingDirectory(self, "Folder with images", start)
        if name:
            self.add_paths((Path(name),))

    def _ask_case(self) -> None:
        if self.draft is not None:
            known = self._parent.classes if self._parent is not None else ()
            self.asking.ask(self.draft, tuple(dict.fromkeys((*self.draft.added, *known))))

    def _take_known(self, folders: Sequence[Path]) -> None:
        if self.draft is not None:
            self.change(replace(self.draft, known_data=tuple(folders)))
            self._say_missing()

    def _take_test(self, folder: Path | None) -> None:
        if self.draft is not None:
            self.change(replace(self.draft, test_data=folder))

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))

    def _build(self) -> None:
        self.setTitle("Which images is it to learn from?")
        self.setSubTitle("50 to 5,000 images of each new architecture; from two or more sources where you have them.")
        self.setAcceptDrops(True)
        self._split.addWidget(self.list)
        self._split.addWidget(self.form)
        self._split.setSizes([560, 360])
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._split)
        self._stack.setMinimumHeight(260)
        buttons = QHBoxLayout()
        for button in (self.add_folder, self.from_case, self.again):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch()
        self.from_case.setToolTip("Exhibits of the case that is open, with a consent that the case's log keeps.")
        self.again.hide()
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addLayout(buttons)
        column.addWidget(self._stack, 1)
        for line in (self._line, self.asking.line):
            column.addWidget(line)
        for part in (self.others, self.lacking):
            column.addWidget(part)

    def _connect(self) -> None:
        self.add_folder.clicked.connect(self._ask_folder)
        self.from_case.clicked.connect(self._ask_case)
        self.again.clicked.connect(self._count)
        self.list.chosen_changed.connect(self._show_chosen)
        self.list.remove_wished.connect(self._remove)
        self.list.name_wished.connect(self.form.edit_name)
        self.form.exchange_wished.connect(self._exchange)
        self.form.remove_wished.connect(self._remove)
        self.form.label_changed.connect(lambda label: self._rename(label=label))
        self.form.source_changed.connect(lambda source: self._rename(source=source))
        self.others.known_changed.connect(self._take_known)
        self.others.test_changed.connect(self._take_test)
        self.asking.taken.connect(lambda group: self._add_groups((group,)))
        for part in (self.asking, self._work):
            part.message.connect(self.message)
        self._veil.dropped.connect(self.add_paths)


def _renamed(group: ImageGroup, label: str | None, source: str | None) -> ImageGroup:
    return replace(
        group,
        label=group.label if label is None else label,
        source=group.source if source is None else source,
    )
