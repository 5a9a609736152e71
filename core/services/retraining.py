"""Drafts of retrainings: begun, kept on every page, gone on with, discarded; one window at a time holds one."""

from __future__ import annotations

import secrets
import shutil
import stat
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from core.domain import DetectorSummary, Table, Written
from core.errors import CaseInUse, CoreError, NotFound, error_from_os
from core.retraining import CardWishes, Draft, GoalKind
from core.services import retraining_file
from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.training_status import is_running
from core.settings import Settings
from core.store.lock import CaseLock, Lockable

LOCK_FILE = "draft.lock"
DISCARDED = "discarded"  # the mark of a folder that is being removed
_RETRAINING = frozenset({Table.RETRAINING})
_LOCKED = Lockable(
    LOCK_FILE, "retraining", "Move the folder of your settings to another drive with the variable DNADET_HOME."
)


class Retraining:
    """Keeps the drafts of this user.

    A draft is written by whoever holds it: `begin` and `open` take it, `close` and the end of the program give it free.

    Args:
        cases: who is at work.
        detectors: where the parent is looked up.
        settings: the device that is suggested.
    """

    def __init__(self, cases: Cases, detectors: Detectors, settings: Settings) -> None:
        self._cases = cases
        self._detectors = detectors
        self._settings = settings
        self._held: dict[str, CaseLock] = {}
        self._turn = threading.RLock()

    def drafts(self) -> tuple[Draft, ...]:
        """Every draft that can be read, newest first, whoever holds it."""
        found = [one for one in self._all().values() if isinstance(one, Draft)]
        return tuple(sorted(found, key=lambda one: (one.created_at, one.id), reverse=True))

    def problems(self) -> tuple[str, ...]:
        """A sentence for each draft that cannot be read."""
        return tuple(self.damaged().values())

    def damaged(self) -> Mapping[str, str]:
        """Ids of drafts that cannot be read, to be discarded with, and what is wrong with each in a sentence."""
        return {name: str(one) for name, one in self._all().items() if isinstance(one, CoreError)}

    def begin(self, goal: GoalKind = GoalKind.ADD, parent: DetectorSummary | str | None = None) -> Draft:
        """A new draft, held by the caller until `close`.

        Args:
            goal: what the retraining is for.
            parent: the detector to start from: itself, or its name, digest or path. None: the current one, or none for
                a training from the start.

        Raises:
            NotFound, BadInput: there is no such detector, or its file is refused.
            DiskFull, NoPermission: the draft cannot be kept; nothing is left of it.
        """
        now = datetime.now(UTC)
        start = self._parent(goal, parent)
        draft = Draft(
            id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}",
            created_at=now,
            goal=goal,
            parent=start.reference if start else None,
            parent_path=start.path if start else None,
            device=str(self._settings.get("analysis.device")),
            card=CardWishes(trained_by=self._cases.examiner),
        )
        self._make(draft)
        return draft

    def open(self, draft_id: str) -> Draft:
        """Go on with a draft, held by the caller until `close`.

        Raises:
            NotFound, BadInput: there is no such draft, or it is damaged.
            CoreError: another window or program has it open; the sentence says who.
        """
        with self._turn, ExitStack() as undo:
            retraining_file.read(self._there(draft_id))  # a damaged one is not even locked
            lock = self._lock(draft_id)
            undo.callback(lock.release)
            draft = retraining_file.read(self._there(draft_id))  # whoever held it may have changed or removed it
            undo.pop_all()
            self._held[draft_id] = lock
        return draft

    def save(self, draft: Draft) -> Written[Draft]:
        """Keep a draft; one that is not held is held for that moment.

        Raises:
            NotFound: it was discarded meanwhile, or its folder removed.
            CoreError: another window or program has it open.
            DiskFull, NoPermission: it cannot be kept; what was kept before stays.
        """
        with self._turn:
            self._while_held(draft.id, lambda folder: retraining_file.write(draft, folder))
        return Written(draft, _RETRAINING)

    def close(self, draft_id: str) -> None:
        """Give a draft free; it stays as it was saved last. One that is not held is left alone."""
        with self._turn:
            if lock := self._held.pop(draft_id, None):
                lock.release()

    def close_all(self) -> None:
        """Give every draft free, at the end of the program."""
        for draft_id in tuple(self._held):
            self.close(draft_id)

    def discard(self, draft_id: str) -> Written[None]:
        """Remove a draft with everything in its folder, the copies out of cases included; no other file is touched.

        A damaged draft can be discarded as well.

        Raises:
            NotFound: there is no such draft.
            CoreError: another window or program has it open, or its training runs.
            NoPermission: a part cannot be removed; what is left of it no longer counts as a draft.
        """
        with self._turn:
            self._while_held(draft_id, _empty)
            self.close(draft_id)
            _sweep()
        return Written(None, _RETRAINING)

    def folder(self, draft_id: str) -> Path:
        """Where everything of a draft lies; raises `NotFound` when there is no such draft."""
        return self._there(draft_id)

    def _parent(self, goal: GoalKind, parent: DetectorSummary | str | None) -> DetectorSummary | None:
        if isinstance(parent, DetectorSummary):
            return parent
        if parent is None and goal is GoalKind.ANEW:
            return None
        try:
            return self._detectors.find(parent)
        except NotFound:
            if parent is None:
                return None  # no detector is at hand; the first page asks for one
            raise

    def _make(self, draft: Draft) -> None:
        folder = retraining_file.draft_folder(draft.id)
        _sweep()
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise error_from_os(error, folder, doing="making the folder of the retraining") from error
        with self._turn, ExitStack() as undo:
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            undo.callback(self.close, draft.id)
            self._held[draft.id] = self._lock(draft.id)
            retraining_file.write(draft, folder)
            undo.pop_all()

    def _all(self) -> dict[str, Draft | CoreError]:
        found: dict[str, Draft | CoreError] = {}
        for folder in _folders():
            if (folder / DISCARDED).exists():
                continue
            try:
                found[folder.name] = retraining_file.read(folder)
            except CoreError as error:
                if folder.is_dir():  # else it was discarded while we looked
                    found[folder.name] = error
        return found

    def _there(self, draft_id: str) -> Path:
        folder = retraining_file.draft_folder(draft_id)
        if not folder.is_dir() or (folder / DISCARDED).exists():
            raise NotFound(f"There is no retraining in {folder}: it was discarded, or its folder removed. Begin anew.")
        return folder

    def _while_held(self, draft_id: str, act: Callable[[Path], None]) -> None:
        folder = self._there(draft_id)
        if draft_id in self._held:
            act(folder)
            return
        lock = self._lock(draft_id)
        try:
            act(self._there(draft_id))
        finally:
            lock.release()

    def _lock(self, draft_id: str) -> CaseLock:
        folder = retraining_file.draft_folder(draft_id)
        if draft_id in self._held:
            raise CoreError(f"The retraining {draft_id} is open in another window already. Go on there, or close it.")
        try:
            return CaseLock.acquire(folder, self._cases.examiner, _LOCKED)
        except CaseInUse as error:
            raise CoreError(
                f"The retraining {draft_id} is open elsewhere: {error.holder}. "
                "Close it there first, or begin another one."
            ) from error


def _folders() -> list[Path]:
    place = retraining_file.drafts_folder()
    try:
        return sorted(one for one in place.iterdir() if retraining_file.is_id(one.name) and one.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise error_from_os(error, place, doing="looking for drafts of retrainings") from error


def _empty(folder: Path) -> None:
    """Remove what is in the folder of a draft but its lock; from the first moment on it counts as none."""
    if is_running(folder):
        raise CoreError(f"The training of the retraining {folder.name} runs. Pause it first, then discard it.")
    try:
        (folder / DISCARDED).touch()
        for part in sorted(folder.iterdir()):
            if part.name not in (DISCARDED, LOCK_FILE):
                _remove(part)
    except OSError as error:
        raise error_from_os(error, folder, doing="removing the draft of the retraining") from error


def _remove(part: Path) -> None:
    if part.is_symlink() or not part.is_dir():
        part.unlink(missing_ok=True)
        return
    try:
        shutil.rmtree(part)
    except PermissionError:  # something was write-protected
        for place in (part, *part.rglob("*")):
            if not place.is_symlink():
                place.chmod(stat.S_IRWXU)
        shutil.rmtree(part)


def _sweep() -> None:
    """Remove the rest of folders that were discarded, by whoever was ended in the middle of it."""
    for folder in _folders():
        if (folder / DISCARDED).exists():
            with suppress(CoreError):  # its lock is held: somebody is at it
                CaseLock.acquire(folder, "", _LOCKED).release()
                shutil.rmtree(folder, ignore_errors=True)
