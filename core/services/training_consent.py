"""Evidence as training images: offered, and copied out of a case only with a consent that its log keeps."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from core.domain import AuditEntry, ExhibitFilter, IntakeOutcome, Table, Verdict, Written
from core.errors import AnswerHidden, BadInput, CoreError, DiskFull, EvidenceChanged, NotFound, error_from_os
from core.imaging.digest import copy_with_digests
from core.imaging.formats import FORMATS
from core.imaging.problems import Undecodable
from core.imaging.sources import file_chunks
from core.progress import Progress
from core.retraining import Draft, ImageGroup
from core.services import retraining_file
from core.services.cases import Cases
from core.services.embedding import Embedding
from core.services.training_names import class_name, source_name
from core.store import blindness, blobs, consents, exhibits, groups, rechecks
from core.store.database import Database
from core.store.faults import read_only_refusal
from core.store.rechecks import KeptBytes

UNKNOWN_ONES = "Unknown architecture"
LONGEST_NAME, LONGEST_REASON = 200, 20_000
_IMAGES = "images"
_SUFFIXES = {row.container: row.suffixes[0] for row in FORMATS}
_SPARE_BYTES = 64 << 20  # left free on the drive of the drafts
_TOUCHED = frozenset({Table.RETRAINING, Table.CASE})


class Offer(NamedTuple):
    """Exhibits of the open case that can be learned from, with consent."""

    name: str
    exhibit_ids: tuple[int, ...]
    why: str


class _Chosen(NamedTuple):
    """One exhibit to be copied, and the suffix that fits its bytes."""

    kept: KeptBytes
    suffix: str


class TrainingConsent:
    """Takes copies of exhibits into a draft.

    Args:
        cases: holds the open case and knows who is at work.
        embedding: proposes exhibits that may come from one unknown architecture; None proposes none.
    """

    def __init__(self, cases: Cases, embedding: Embedding | None = None) -> None:
        self._cases = cases
        self._embedding = embedding

    def offered(self, *, progress: Progress | None = None) -> tuple[Offer, ...]:
        """What of the open case may be learned from; nothing when none is open.

        Groups, exhibits of unknown architecture, and those that the map proposes as groups. Exhibits whose answers are
        hidden from this examiner are in none of them.

        Args:
            progress: report and cancel point of the map.
        """
        if self._cases.current is None:
            return ()
        unknown = self._unknown()
        proposed = self._proposed(progress or Progress()) if unknown else ()
        return (*self._groups(), *unknown, *proposed)

    def take(
        self,
        draft: Draft,
        chosen: str | Sequence[int],
        label: str,
        source: str,
        given_by: str,
        reason: str,
        progress: Progress | None = None,
    ) -> Written[ImageGroup]:
        """Write a consent into the log of the open case, then copy the exhibits into the draft's folder.

        The consent is in the log before the first byte is copied, and stays there when the copying fails; of the copies
        either all are kept or none. The evidence is only read.

        Args:
            draft: that gets the copies; the group that is answered is not yet in it.
            chosen: the name of an offer, or ids of exhibits.
            label: the architecture they are to be learned as.
            source: the source they are to count as.
            given_by: who consents.
            reason: why they may be learned from.
            progress: report and cancel point.

        Raises:
            BadInput: a name, a reason or the exhibits are missing or cannot be used, or no case is open.
            NotFound: there is no such draft or exhibit, or its evidence file is gone.
            ReadOnlyCase: the case is open read-only, so that its log cannot take the consent.
            AnswerHidden: the case is blind, and this examiner has not written down a view of one of them.
            EvidenceChanged: an evidence file is not what was taken in.
            DiskFull, NoPermission: the copies cannot be kept.
            Cancelled: as the last two, nothing of the copies is left.
        """
        said = _said(given_by, "who consents", LONGEST_NAME), _said(reason, "the reason", LONGEST_REASON)
        consent = consents.Consent(*said, class_name(label), source_name(source), draft.id)
        progress = progress or Progress()
        database = self._cases.database
        if database.read_only:
            raise read_only_refusal(database.folder)
        images = _images_folder(draft)
        taken = _visible(database, self._ids(chosen, progress))
        _require_there(database, taken)
        _require_room(images, taken)
        progress.check()
        with database.writing() as transaction:
            entry = consents.add(transaction, [one.kept for one in taken], consent)
        folder = images / consent.label / consent.source / f"case-{database.case.uid[:8]}-{entry.sequence}"
        _copy(database, taken, folder, progress)
        return Written(ImageGroup(consent.label, consent.source, folder, _origin(database, taken, entry)), _TOUCHED)

    def _groups(self) -> list[Offer]:
        database = self._cases.database
        with database.reading() as session:
            found = []
            for group in groups.every(session):
                hidden = blindness.hidden_among(session, group.exhibit_ids, database.actor)
                if seen := tuple(number for number in group.exhibit_ids if number not in hidden):
                    rest = f" {len(hidden):,} more are hidden from you." if hidden else ""
                    note = f" {group.note}" if group.note else ""
                    found.append(Offer(group.name, seen, f"A group that {group.made_by} made.{rest}{note}"))
        return found

    def _unknown(self) -> list[Offer]:
        database = self._cases.database
        wanted = ExhibitFilter(verdicts=frozenset({Verdict.UNKNOWN}))
        with database.reading() as session:
            found = exhibits.ids(session, wanted, hidden_from=blindness.hidden_from(session, database.actor))
        why = "Exhibits that the detector says are of no architecture it knows."
        return [Offer(UNKNOWN_ONES, found, why)] if found else []

    def _proposed(self, progress: Progress) -> list[Offer]:
        if self._embedding is None:
            return []
        try:
            picture = self._embedding.map(progress=progress)
        except BadInput:  # no detector is at hand: nobody can propose anything
            return []
        why = (
            f"Exhibits of unknown architecture that lie close together on the map of {picture.detector.name}: they may "
            "come from one architecture. Look at them before you believe it."
        )
        return [Offer(f"Proposed group {place}", members, why) for place, members in enumerate(picture.clusters, 1)]

    def _ids(self, chosen: str | Sequence[int], progress: Progress) -> tuple[int, ...]:
        if not isinstance(chosen, str):
            return tuple(dict.fromkeys(chosen))
        for offer in self.offered(progress=progress):
            if offer.name == chosen:
                return offer.exhibit_ids
        raise NotFound(f"The open case offers no exhibits as {chosen[:LONGEST_NAME]!r} any more. Choose again.")


def _said(text: str, what: str, most: int) -> str:
    said = text.encode("utf-8", "replace").decode().strip()
    if not any(letter.isalnum() for letter in said):
        raise BadInput(f"A consent needs {what}. Without it no exhibit is learned from.")
    if len(said) > most:
        raise BadInput(f"In a consent, {what} has at most {most:,} characters, not {len(said):,}. Shorten it.")
    return said


def _images_folder(draft: Draft) -> Path:
    folder = retraining_file.draft_folder(draft.id)
    if not (folder / retraining_file.FILE_NAME).is_file():
        raise NotFound(f"There is no retraining in {folder}: it was discarded, or its folder removed. Begin anew.")
    return folder / _IMAGES


def _visible(database: Database, exhibit_ids: Sequence[int]) -> list[_Chosen]:
    """The exhibits, when none is hidden from whoever is at work."""
    if not exhibit_ids:
        raise BadInput("No exhibit was chosen. Choose at least one.")
    with database.reading() as session:
        kept = rechecks.to_check(session, tuple(exhibit_ids))
        containers = {line.id: line.container for line in exhibits.lines(session, exhibit_ids)}
        hidden = blindness.hidden_among(session, exhibit_ids, database.actor)
    if missing := set(exhibit_ids) - {one.exhibit_id for one in kept}:
        raise NotFound(f"There is no exhibit {min(missing)} in the case {database.folder}. Choose one from its list.")
    if hidden:
        raise AnswerHidden(
            f"{len(hidden):,} of the chosen exhibits are hidden from you, because this case is examined blind. Write "
            "down your own view of them first, or leave them out."
        )
    return [_Chosen(one, _SUFFIXES.get(containers[one.exhibit_id], ".bin")) for one in kept]


def _require_there(database: Database, taken: Sequence[_Chosen]) -> None:
    """Raise before anything is logged when an evidence file is plainly gone or of another length."""
    for one in taken:
        path = blobs.evidence_path(database.folder, one.kept.sha256)
        try:
            size = path.stat().st_size
        except OSError as error:
            raise error_from_os(error, path, doing="looking at the evidence") from error
        if size != one.kept.size_bytes:
            raise _changed(path)


def _require_room(images: Path, taken: Sequence[_Chosen]) -> None:
    needed = sum(one.kept.size_bytes for one in taken)
    try:
        free = shutil.disk_usage(images.parent).free
    except OSError as error:
        raise error_from_os(error, images.parent, doing="looking for room for the copies") from error
    if free < needed + _SPARE_BYTES:
        raise DiskFull(
            f"The copies need {needed / 1e6:,.1f} MB, and the drive of {images.parent} has {free / 1e6:,.1f} MB left. "
            "Free some space and try again; nothing was copied, and no consent was written down."
        )


def _copy(database: Database, taken: Sequence[_Chosen], folder: Path, progress: Progress) -> None:
    """Copy all of the exhibits or none, each compared with its SHA-256 on the way."""
    partial = folder.with_name(f".{secrets.token_hex(8)}")
    progress.start("Copying exhibits", len(taken), "exhibits")
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, partial, ignore_errors=True)
        try:
            partial.mkdir(parents=True)
        except OSError as error:
            raise error_from_os(error, partial, doing="making the folder of the copies") from error
        for one in taken:
            sha256 = one.kept.sha256
            _copy_one(blobs.evidence_path(database.folder, sha256), sha256, partial / f"{sha256}{one.suffix}")
            progress.step()
        try:
            partial.rename(folder)
        except OSError as error:
            raise error_from_os(error, folder, doing="keeping the copies") from error


def _copy_one(evidence: Path, sha256: str, target: Path) -> None:
    try:
        copied = copy_with_digests(file_chunks(evidence, str(evidence)), target)
    except Undecodable as error:
        if error.outcome is IntakeOutcome.VANISHED:
            raise NotFound(f"The evidence file {evidence} is not there. Restore it from a copy of the case.") from error
        raise CoreError(str(error)) from error
    if copied.sha256 != sha256:
        raise _changed(evidence)


def _changed(evidence: Path) -> EvidenceChanged:
    return EvidenceChanged(
        f"The evidence file {evidence} is not what was taken in, so nothing is learned from it. Leave the exhibit out, "
        "or restore the file from a copy of the case."
    )


def _origin(database: Database, taken: Sequence[_Chosen], entry: AuditEntry) -> str:
    """One sentence that may stand on a card: it names the case by its number, never by its title."""
    case = database.case
    what = "1 exhibit" if len(taken) == 1 else f"{len(taken):,} exhibits"
    which = " ".join(case.details.number.split()) or case.uid[:12]
    who = " ".join(str(entry.payload["given_by"]).split())
    return (
        f"{what} of the case {which}, with the consent of {who}, written into its log by {entry.actor} as entry "
        f"{entry.sequence} on {entry.at:%Y-%m-%d}."
    )
