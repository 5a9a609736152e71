"""Cases that travel: a whole case in one file and back, or chosen exhibits as a case of their own."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core import installation
from core.custody import PackedCase
from core.domain import CaseDetails, Table, Written
from core.errors import BadInput
from core.paths import CASE_SUFFIX
from core.progress import Progress
from core.services.cases import Cases
from core.services.log_claims import RESTORED
from core.store import audit, cases, chain, opening, packing, subcase, unpacking
from core.store.database import Database

_LOGGED = frozenset({Table.CASE})


class Portable:
    """Archives, restores and exports.

    Args:
        cases: holds the open case.
    """

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    def archive(self, target: Path, *, progress: Progress | None = None) -> Written[PackedCase]:
        """Write the open case into one file; the log of the case tells of it, unless it is open read-only.

        Args:
            target: the file to make; ``.dnacase.zip`` is appended when it is missing.
            progress: report and cancel point.

        Raises:
            BadInput: something lies there already.
            CaseDamaged: an evidence file is not what its name says.
            DiskFull, NoPermission: the drive refused; nothing is left behind.
        """
        database = self._cases.database
        packed = packing.pack(database.folder, database.file, target, progress or Progress())
        if database.read_only:
            return Written(packed, frozenset())
        with database.writing() as transaction:
            told = {"file": packed.path.name, "sha256": packed.sha256, "size": packed.size, "files": packed.files}
            audit.append(transaction, audit.Act.CASE_ARCHIVE, told)
        return Written(packed, _LOGGED)

    def restore(self, archive: Path, parent: Path, *, name: str = "", progress: Progress | None = None) -> Path:
        """Bring a case back out of an archive; answers its folder, which is not opened.

        Args:
            archive: the file.
            parent: where the case is to lie.
            name: of its folder; "" takes that of the archive.
            progress: report and cancel point.

        Raises:
            BadInput: it is no sound archive of a case, or the folder exists; nothing is left behind.
            NotFound, DiskFull, NoPermission: the drive refused.
        """
        made = unpacking.unpack(archive, parent, progress or Progress(), name)
        try:
            self._note(opening.open_case(made, read_only=True, actor=self._cases.examiner))
        except BadInput:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return made

    def export(
        self,
        target: Path,
        exhibit_ids: Sequence[int],
        *,
        details: CaseDetails | None = None,
        progress: Progress | None = None,
    ) -> Written[Path]:
        """Make a case of its own of chosen exhibits: evidence, findings, notes, conclusions, and the log so far.

        The new case says which case it was taken out of, and how many exhibits were left there.

        Args:
            target: the new case; ``.dnacase`` is appended when it is missing.
            exhibit_ids: the exhibits.
            details: what the new case is about; None takes those of the open case, with a title that says so.
            progress: report and cancel point.

        Raises:
            BadInput: something lies there already, or no exhibit was chosen.
            NotFound, EvidenceChanged: the evidence of one is gone or changed; nothing is left behind.
            DiskFull, NoPermission: the drive refused; nothing is left behind.
        """
        database = self._cases.database
        named = _named(target)
        if os.path.lexists(named):
            raise BadInput(f"{named} exists already. Choose another name for the new case.")
        if not exhibit_ids:
            raise BadInput("No exhibit was chosen. Choose at least one.")
        partial = named.with_name(f".{secrets.token_hex(4)}{CASE_SUFFIX}")
        try:
            uid = self._fill(database, partial, exhibit_ids, details, progress or Progress())
            os.rename(partial, named)  # noqa: PTH104 - beside os.replace elsewhere: this one must not replace
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        if database.read_only:
            return Written(named, frozenset())
        with database.writing() as transaction:
            told = {"case": named.name, "uid": uid, "exhibits": sorted(exhibit_ids)}
            audit.append(transaction, audit.Act.CASE_EXPORT, told)
        return Written(named, _LOGGED)

    def _note(self, made: Database) -> None:
        """Note where the copy ends, so that it is not taken for a case whose log was cut.

        Only a head that this installation noted itself when the archive was made: of any other archive it knows
        nothing, and says so when the case is verified.
        """
        try:
            with made.reading() as session:
                head = chain.head(session)
            if head.digest in {anchor.digest for anchor in installation.anchors_of(head.case_uid)}:
                installation.remember(head, RESTORED)
        finally:
            made.close()

    def _fill(
        self, database: Database, partial: Path, ids: Sequence[int], details: CaseDetails | None, progress: Progress
    ) -> str:
        with database.reading() as source:
            stated = details or _extract_of(cases.get(source).details, len(ids))
            made = opening.create(partial, stated, self._cases.examiner)
            try:
                with made.writing() as transaction:
                    subcase.fill(source, transaction, ids, by=self._cases.examiner, progress=progress)
                return made.case.uid
            finally:
                made.close()


def _named(target: Path) -> Path:
    target = target.absolute()
    return target if target.suffix == CASE_SUFFIX else target.with_name(target.name + CASE_SUFFIX)


def _extract_of(details: CaseDetails, count: int) -> CaseDetails:
    what = "1 exhibit" if count == 1 else f"{count:,} exhibits"
    return replace(details, title=f"{details.title} (extract: {what})")
