"""Issuing a report: checked, hashed again, written, sealed, and kept whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial as bound
from pathlib import Path

from core import installation
from core.custody import EvidenceState, LogHead, Recheck
from core.domain import Table, Written
from core.errors import BadInput, error_from_os
from core.progress import Progress
from core.report import seal
from core.report.record import Identity
from core.reporting import IssuedReport, ReportDraft, ReportFile, SigningChoice
from core.services.cases import Cases
from core.services.report_checklist import checked
from core.services.report_engine import Engine, Issuing
from core.services.report_files import Place, ReportFiles
from core.services.report_process import Typesetter
from core.services.report_readings import Job
from core.services.report_record import Plan, identity, problem_sentences
from core.store import chain, report_folders, report_state, reports
from core.store.faults import read_only_refusal
from core.store.session import Transaction
from core.whole_file import replace_file

_TOUCHED = frozenset({Table.REPORTS, Table.INTEGRITY})
_ASSETS = ".assets"
_MEANWHILE = (
    "The case was changed while the report was made, so that the report would not say what the case says. Nothing was "
    "issued. Issue it again."
)
_WAY_OUT = "Leave the exhibit out, or restore its evidence file and verify again."


@dataclass(frozen=True, slots=True)
class _Standing:
    """What was true when the report began to be made, and when that was."""

    head: LogHead
    recheck: Recheck
    state: int
    outside: int  # `Database.outside_changes` before the log was looked at
    issued_at: datetime


class Issue:
    """One report on its way.

    Args:
        cases: holds the open case.
        engine: makes its record.
        draft: what was chosen and written.
        sign: whose certificate; None for what is not issued.
        amends: the report that it takes the place of.
        reason: why.
    """

    def __init__(
        self,
        cases: Cases,
        engine: Engine,
        draft: ReportDraft,
        sign: SigningChoice | None = None,
        amends: IssuedReport | None = None,
        reason: str = "",
    ) -> None:
        self._database = cases.database  # the case that was asked about, whichever is open by the end
        self._engine = engine
        self._draft = replace(draft, number=amends.number) if amends is not None else draft
        self._sign = sign if "pdf" in draft.formats else None  # nothing else can be sealed
        self._amends = amends
        self._reason = reason

    def go(self, out: Path | None, progress: Progress) -> Written[IssuedReport]:
        """Issue it; see `Reports.issue`."""
        if self._database.read_only:
            raise read_only_refusal(self._database.folder)
        _require_out(out)
        signer = "" if self._sign is None else seal.signatory(self._sign).name
        outside = self._database.outside_changes()
        self._engine.require_logged(progress)
        self._require_complete()
        standing = self._standing(outside, progress)
        uid, folder = report_folders.new_uid(), self._database.folder
        with report_folders.unfinished(folder, uid) as unfinished:
            plan, which, files = self._written(uid, unfinished, standing, progress)
            progress.check()
            report_folders.publish(folder, uid)
            made = self._kept(plan, which, files, standing, signer)
        _copy(made, out)
        return Written(made, _TOUCHED)

    def preliminary(self, out: Path, progress: Progress) -> tuple[Path, ...]:
        """Write it into a folder as a preview; see `Reports.preliminary`."""
        _require_out(out)
        assets = out / f".{secrets.token_hex(4)}{_ASSETS}"
        try:
            assets.mkdir(parents=True)
        except OSError as error:
            raise error_from_os(error, out, doing="writing the report") from error
        try:
            plan = self._engine.plan(self._draft, assets)
            which = identity(plan, uid="", number=self._draft.number)
            place = Place(out, assets, "preliminary", self._draft.formats, _write_into)
            files = self._volumes(plan, which, place, Issuing(), None, progress)
        finally:
            shutil.rmtree(assets, ignore_errors=True)
        return tuple(out / file.name for file in files)

    def _require_complete(self) -> None:
        items = checked(self._draft, self._engine.facts(self._draft, amending=self._amends is not None))
        if blocking := [item.sentence for item in items if item.blocks]:
            raise BadInput("The report cannot be issued yet. " + " ".join(blocking))

    def _standing(self, outside: int, progress: Progress) -> _Standing:
        """Hash the evidence of the report again; raises `BadInput` when bytes are not what they were."""
        made = self._engine.hashed_again(self._draft, progress)
        if changed := [one.sentence for one in made.problems if one.state is EvidenceState.CHANGED]:
            raise BadInput(f"The report cannot be issued: {' '.join(changed)} {_WAY_OUT}")
        with self._database.reading() as session:
            return _Standing(chain.head(session), made, report_state.state(session), outside, datetime.now(UTC))

    def _written(
        self, uid: str, folder: Path, standing: _Standing, progress: Progress
    ) -> tuple[Plan, Identity, tuple[ReportFile, ...]]:
        """Every file of the report, in its folder."""
        assets = folder / _ASSETS
        try:
            assets.mkdir()
        except OSError as error:
            raise error_from_os(error, assets, doing="writing the report") from error
        plan = self._engine.plan(self._draft, assets)
        number, revision = self._number()
        which = identity(
            plan,
            uid=uid,
            number=number,
            revision=revision,
            supersedes=self._amends.uid if self._amends else "",
            reason=self._reason,
            issued_at=standing.issued_at.astimezone().isoformat(timespec="seconds"),
        )
        place = Place(folder, assets, uid, self._draft.formats, report_folders.write)
        issuing = Issuing(standing.head, standing.recheck, problem_sentences(standing.recheck, plan.say))
        sealing = None if self._sign is None else bound(seal.sign, choice=self._sign)
        files = self._volumes(plan, which, place, issuing, sealing, progress)
        shutil.rmtree(assets)
        return plan, which, files

    def _volumes(
        self,
        plan: Plan,
        which: Identity,
        place: Place,
        issuing: Issuing,
        sealing: Callable[[bytes], bytes] | None,
        progress: Progress,
    ) -> tuple[ReportFile, ...]:
        """Volume after volume; of the pictures, those of one volume are on the disk at a time."""
        excerpts = self._engine.excerpts(plan, plan.volumes, progress)
        count = len(plan.volumes)
        typesetter = Typesetter()
        files = ReportFiles(place, typesetter, sealing)
        job = Job(place.assets, plan.setting.sections, issuing.problems or {}, plan.say, compute=True, remember=False)
        try:
            for part in range(1, count + 1):
                volume = replace(which, part=part, parts=count)
                told = progress if count == 1 else progress.part(f"Part {part} of {count}")
                materials = self._engine.materials(plan.volumes[part - 1])
                shown = self._engine.shown(plan, materials, job, told)
                record = self._engine.record(plan, volume, shown, issuing, excerpts[part - 1])
                told.start("Writing the report", None, "files")
                files.add(record, told)
                typesetter.close()  # its memory is that of the largest volume, not of all
                _clear(place.assets, keep=record.laboratory.logo.name if record.laboratory.logo else "")
            return files.finish(progress)
        finally:
            typesetter.close()

    def _number(self) -> tuple[str, int]:
        if self._amends is not None:
            return self._amends.number, self._amends.revision + 1
        with self._database.reading() as session:
            numbers = reports.numbers(session)
        return self._draft.number or first_free(self._database.case.details.number, numbers), 1

    def _kept(
        self, plan: Plan, which: Identity, files: Sequence[ReportFile], standing: _Standing, signer: str
    ) -> IssuedReport:
        """The row and the entry of the log; without them the folder is gone again."""
        kept = reports.Issue(
            uid=which.uid,
            number=which.number,
            revision=which.revision,
            supersedes=which.supersedes,
            reason=which.reason,
            draft=self._draft,
            author=plan.front.author,
            exhibit_ids=plan.exhibit_ids,
            files=files,
            head=standing.head,
            signer=signer,
            issued_at=standing.issued_at,
        )
        folder = self._database.folder
        try:
            if self._database.outside_changes() != standing.outside:
                raise BadInput(_MEANWHILE)
            with self._database.writing() as transaction:
                _require_unchanged(transaction, standing)
                made = reports.add(transaction, kept)
        finally:  # whatever interrupted it, the case decides whether it was issued
            self._settle(folder, which.uid)
        with self._database.reading() as session:
            installation.remember(chain.head(session), f"report {which.uid}")
        return made

    def _settle(self, folder: Path, uid: str) -> None:
        with self._database.reading() as session:
            issued = uid in reports.uids(session)
        if issued:
            report_folders.settle(folder, uid)
        else:
            report_folders.withdraw(folder, uid)


def _require_unchanged(transaction: Transaction, standing: _Standing) -> None:
    """Raise when the case says something else than when the report began to be made."""
    if report_state.state(transaction) != standing.state:
        raise BadInput(_MEANWHILE)


def first_free(case_number: str, taken: Collection[str]) -> str:
    """The laboratory's number of a new report where nobody chose one: that of the case, and a count."""
    count = len(taken) + 1
    while (number := f"{case_number or 'Report'}-{count}") in taken:
        count += 1
    return number


def _require_out(out: Path | None) -> None:
    """Raise before the work rather than after it when the folder for the files cannot be written."""
    if out is None:
        return
    probe = out / f".{secrets.token_hex(4)}.tmp"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except (FileExistsError, NotADirectoryError) as error:
        raise BadInput(f"{out} is a file, and the report needs a folder. Choose another one.") from error
    except OSError as error:
        raise error_from_os(error, out, doing="writing the report") from error


def _copy(made: IssuedReport, out: Path | None) -> None:
    """Copies for whoever gets the report; it is issued already, whatever becomes of them."""
    for file in made.files if out is not None else ():
        assert out is not None
        data = (made.folder / file.name).read_bytes()
        replace_file(out / file.name, data, doing=f"copying the report, which was issued and lies in {made.folder},")


def _write_into(folder: Path, name: str, data: bytes) -> Path:
    replace_file(folder / name, data, doing="writing the report")
    return folder / name


def _clear(assets: Path, keep: str) -> None:
    for path in assets.iterdir():
        if path.name != keep and path.suffix != ".record":
            path.unlink()
