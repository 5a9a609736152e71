"""The laboratory's template on the report page: its logo, keeping it for later reports, and using the kept one."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.jobs import Jobs, Lane
from app.pages.logo_loading import read_logo
from app.widgets.laboratory_form import LaboratoryForm
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.reporting import LaboratoryTemplate, kept_template, laboratory_key

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_KEPT = "New reports begin with this description of the laboratory."


class LaboratoryDesk(QObject):
    """Does what the form wishes.

    Args:
        form: the fields of the template.
        workspace: holds the settings.
        jobs: where files are read and settings written.

    Signals:
        message: a sentence for the analyst.
    """

    message = Signal(str)

    def __init__(self, form: LaboratoryForm, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._form, self._settings, self._jobs = form, workspace.settings, jobs
        form.logo_wished.connect(self._look_at_logo)
        form.keep_wished.connect(self._keep)
        form.kept_wished.connect(self._use_kept)

    def refresh(self) -> None:
        """The settings may have changed."""
        self._form.set_kept(kept_template(self._settings))

    def _look_at_logo(self, path: str) -> None:
        form = self._form

        def read(_progress: Progress) -> QImage | None:
            return read_logo(Path(path)) if path else None

        def show(image: QImage | None) -> None:
            form.set_logo(image)

        def refuse(error: Exception) -> None:
            if isinstance(error, CoreError) and not isinstance(error, Cancelled):
                form.set_logo(None, str(error))

        self._jobs.start(read, show, refuse, lane=Lane.DISK, quiet=True, token=(id(self), "logo"))

    def _keep(self) -> None:
        settings, template = self._settings, self._form.fill(self._form.template)

        def keep(_progress: Progress) -> None:
            for each in fields(LaboratoryTemplate):
                settings.set(laboratory_key(each.name), getattr(template, each.name))

        def done(_nothing: None) -> None:
            self.refresh()
            self.message.emit(_KEPT)

        self._jobs.start(keep, done, self._tell, lane=Lane.WRITE, quiet=True)

    def _use_kept(self) -> None:
        """Everything but the language, which is chosen for each report."""
        kept = replace(kept_template(self._settings), language=self._form.template.language)
        self._form.show_template(kept)
        self._form.changed.emit()

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))
