"""How a report would look: the record that would be issued, without hashing the evidence, and its pages as pictures."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from core.progress import Progress
from core.report import as_json
from core.reporting import Preview, ReportDraft
from core.services.cases import Cases
from core.services.report_engine import Engine, Issuing
from core.services.report_exhibit import Shown
from core.services.report_log import Row
from core.services.report_material import Material
from core.services.report_process import Typesetter
from core.services.report_readings import Job
from core.services.report_record import Plan, identity
from core.store import blobs, report_state
from core.store.database import Database

Value = TypeVar("Value")
_KEPT = 6  # selections of exhibits, and what was read of them


class Previews:
    """Draws pages of a report that is being written, and remembers what one preview needs from the other.

    Args:
        cases: holds the open case.
        engine: makes the record.
    """

    def __init__(self, cases: Cases, engine: Engine) -> None:
        self._cases = cases
        self._engine = engine
        self._typesetter = Typesetter()
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._database: Database | None = None
        self._kept: OrderedDict[tuple[object, ...], Any] = OrderedDict()

    def close(self) -> None:
        """End the process that draws, and remove the pictures."""
        self._typesetter.close()
        with self._lock:
            self._forget()

    def rest(self) -> None:
        """End the process that draws, unless it is at work: its memory is needed for something else."""
        self._typesetter.rest()

    def pages(self, draft: ReportDraft, first: int, count: int, ppi: int, progress: Progress) -> Preview:
        """Some pages; see `Reports.preview`."""
        record, assets = self._record(draft, progress)
        pages, total = self._typesetter.pages(record, assets, first, count, ppi, progress)
        return Preview(pages, max(1, min(first, total)), total)

    def _record(self, draft: ReportDraft, progress: Progress) -> tuple[bytes, Path]:
        """The record as JSON, and the folder of its pictures."""
        while not self._lock.acquire(timeout=0.05):
            progress.check()
        try:
            assets = self._assets()
            plan = self._engine.plan(draft, assets)
            count = len(plan.volumes)
            which = replace(identity(plan, uid="", number=draft.number), parts=count)
            shown = self._shown(plan, _job(plan, assets), progress)
            return as_json.write(
                self._engine.record(plan, which, shown, Issuing(), self._excerpt(plan, progress))
            ), assets
        finally:
            self._lock.release()

    def _shown(self, plan: Plan, job: Job, progress: Progress) -> Sequence[tuple[str, Material, Shown]]:
        """The exhibits of the first volume, read anew when anything of them changed."""
        with self._cases.database.reading() as session:
            state = report_state.state(session)
        about = (state, plan.volumes[0])
        materials = self._remembered(("materials", *about), lambda: self._engine.materials(plan.volumes[0]))
        stamp = self._engine.maps_stamp(materials) if "heat maps" in plan.setting.sections else ()
        key = ("shown", *about, plan.exhibit_ids, plan.sections, plan.say.language, stamp)
        return self._remembered(key, lambda: self._engine.shown(plan, materials, job, progress))

    def _excerpt(self, plan: Plan, progress: Progress) -> tuple[Sequence[Row], int]:
        """The entries of the log that concern the first volume, but for those about drafts and openings."""
        with self._cases.database.reading() as session:
            state = report_state.state(session)
        key = ("excerpt", state, plan.volumes[0], plan.sections, plan.say.language)
        return self._remembered(key, lambda: self._engine.excerpts(plan, plan.volumes[:1], progress)[0])

    def _remembered(self, key: tuple[object, ...], make: Callable[[], Value]) -> Value:
        if key not in self._kept:
            made = make()
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        found: Value = self._kept[key]
        return found

    def _assets(self) -> Path:
        """The folder of the pictures, an empty one for another case."""
        database = self._cases.database
        if self._folder is None or self._database is not database:
            self._forget()
            # Inside the case what a killed program leaves is swept away at the next opening.
            place = None if database.read_only else blobs.scratch_folder(database.folder)
            self._folder = tempfile.TemporaryDirectory(prefix="preview-", dir=place, ignore_cleanup_errors=True)
            self._database = database
        return Path(self._folder.name)

    def _forget(self) -> None:
        self._kept.clear()
        self._engine.forget()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _job(plan: Plan, assets: Path) -> Job:
    return Job(assets, plan.setting.sections, problems={}, say=plan.say, compute=False, remember=True)
