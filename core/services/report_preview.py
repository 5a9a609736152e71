"""How a report would look: the record that would be issued, without hashing the evidence, and its pages as pictures."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.progress import Progress
from core.report import as_json
from core.reporting import Preview, ReportDraft
from core.services.cases import Cases
from core.services.report_engine import Engine, Issuing
from core.services.report_material import Material
from core.services.report_process import Typesetter
from core.services.report_readings import Job
from core.services.report_record import Plan, identity
from core.store import report_state
from core.store.database import Database

_KEPT = 3  # selections of exhibits


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
        self._materials: OrderedDict[tuple[int, tuple[int, ...]], tuple[Material, ...]] = OrderedDict()

    def close(self) -> None:
        """End the process that draws, and remove the pictures."""
        self._typesetter.close()
        with self._lock:
            self._forget()

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
            job = Job(assets, plan.setting.sections, {}, plan.say, compute=False, remember=True)
            first = self._first_volume(plan)
            record = self._engine.record(plan, which, job, Issuing(), ((), 0), progress, first)
            return as_json.write(record), assets
        finally:
            self._lock.release()

    def _first_volume(self, plan: Plan) -> Sequence[Material]:
        """The materials of the first volume, read anew when anything in the case changed."""
        with self._cases.database.reading() as session:
            state = report_state.state(session)
        key = (state, plan.volumes[0])
        if key not in self._materials:
            self._materials[key] = self._engine.materials(plan.volumes[0])
            while len(self._materials) > _KEPT:
                self._materials.popitem(last=False)
        return self._materials[key]

    def _assets(self) -> Path:
        """The folder of the pictures, an empty one for another case."""
        database = self._cases.database
        if self._folder is None or self._database is not database:
            self._forget()
            self._folder = tempfile.TemporaryDirectory(prefix="dna-det-preview-")
            self._database = database
        return Path(self._folder.name)

    def _forget(self) -> None:
        self._materials.clear()
        self._engine.forget()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
