"""The end of a retraining: its card is finished and signed, what would change is looked at, and it is put to use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import installation
from core.descent import Consequences
from core.dna.card import Header, answers_digest_of, read_header, reference_of, verify_shapes
from core.dna.rehearsal import read_rehearsal, rehearsal_path
from core.domain import DetectorReference, DetectorSummary, Table, Written
from core.errors import BadInput, error_from_os
from core.progress import Progress
from core.retraining import Draft, GateAnswer
from core.services import change_notices
from core.services.card_signature import CardSignature, SignatureState, sign, signature_of, write_signed
from core.services.cases import Cases
from core.services.consequences import Former, Looking
from core.services.detectors import Detectors
from core.services.processes import Processes
from core.services.retrained_card import PART, Making, checked_texts, is_reason, override_of, retrained_card
from core.settings import Settings
from core.whole_file import replace_file

if TYPE_CHECKING:
    from core.retraining import Split
    from core.services.retraining import Retraining

FILE_NAME = "detector.safetensors"  # in the folder of a draft
_RETRAINING = frozenset({Table.RETRAINING})
_ALL = frozenset({Table.RETRAINING, Table.DETECTORS})


class Activation:
    """Finishes cards of retrained detectors, tells what putting one to use would change, and does it.

    Args:
        settings: which device.
        detectors: where it is installed and chosen.
        retraining: keeps the drafts.
        processes: the analysis process.
        cases: which cases are known, and who is at work.
    """

    def __init__(
        self,
        settings: Settings,
        detectors: Detectors,
        retraining: Retraining,
        processes: Processes,
        cases: Cases,
    ) -> None:
        self._settings = settings
        self._detectors = detectors
        self._retraining = retraining
        self._processes = processes
        self._cases = cases

    def detector_of(self, draft: Draft) -> Path:
        """The file that the training of a draft made."""
        return self._retraining.folder(draft.id) / FILE_NAME

    def finish(self, draft: Draft, result: Mapping[str, Any], gate: GateAnswer) -> Written[Draft]:
        """Write the card of a retrained detector and sign it; may be done again until it is put to use.

        Args:
            draft: with the analyst's texts, and the reason where the gate was overruled.
            result: as `TrainingResults.measure` gives it.
            gate: what the gate answered.

        Returns:
            The draft with `made`, saved; `override` is emptied where the gate was passed.

        Raises:
            BadInput: a text does not fit, another detector goes by this name and version, the detector was not
                measured, the split was changed since it was frozen, or the detector is in use already.
            DetectorRefused, NotFound: there is no sound detector in the draft.
            NoPermission, DiskFull: the card cannot be written; the file is what it was.
        """
        if draft.activated_at is not None:
            raise BadInput(
                f"This detector was put to use on {draft.activated_at:%Y-%m-%d}, and its card stays as it is. Begin "
                "another retraining to change anything."
            )
        path = self.detector_of(draft)
        header = _sound(path)
        card = retrained_card(header.card, self._making(draft, result, gate))
        self._require_new_name(draft, str(card["name"]), str(card["version"]))
        write_signed(path, card)
        made = replace(draft, made=reference_of(path, read_header(path)).digest, override=override_of(draft, gate))
        return Written(self._retraining.save(made).value, _RETRAINING)

    def sign(self, path: Path) -> Written[CardSignature]:
        """Sign a detector file with this installation's key; what this key signed already stays as it is.

        Where this installation can keep no key, nothing is signed, and the sentence says why.

        Raises:
            DetectorRefused, NotFound, NoPermission, DiskFull: the file cannot be signed, and is what it was.
        """
        found = signature_of(path)
        if problem := installation.key_problem():
            return Written(replace(found, sentence=f"{found.sentence} {problem}"), frozenset())
        return Written(found if found.own else sign(path), _ALL)

    def signature_of(self, path: Path) -> CardSignature:
        """What the signature on a detector's card is worth; raises `DetectorRefused`, `NotFound`."""
        return signature_of(path)

    def activate(self, draft: Draft) -> Written[DetectorSummary]:
        """Install a finished detector with what it remembers of its images, and use it from now on.

        The draft is saved with `made` and `activated_at`. What this would change is asked before, see `consequences`.

        Raises:
            BadInput: the card was not finished, or changed afterwards; the gate was not passed, and no reason of at
                least twenty letters for overruling it stands on the card.
            DetectorRefused, NotFound, NoPermission, DiskFull: it, or what it remembers, cannot be installed; the one in
                use stays in use.
        """
        path = self.detector_of(draft)
        header = _sound(path)
        _require_finished(path, header, draft)
        _require_gate(header.card[PART])
        read_rehearsal(path)  # a damaged one is not put to use
        summary = self._detectors.install(path).value
        _take_rehearsal(path, summary.path)
        self._detectors.choose(summary.reference.digest)
        activated = replace(draft, made=summary.reference.digest, activated_at=datetime.now(UTC))
        self._retraining.save(activated)
        return Written(summary, _ALL)

    def consequences(
        self,
        parent: DetectorReference | Path | None,
        new: Path,
        cases: Sequence[Path] | None = None,
        progress: Progress | None = None,
    ) -> Consequences:
        """Which findings of a detector another one would not make, in cases that are opened for looking only.

        Args:
            parent: the detector whose findings are looked for, also those of other files with the same answers; None
                for a training from nothing, which nothing rests on.
            new: file of the other detector.
            cases: None takes the cases opened lately on this computer.
            progress: report and cancel point.

        Raises:
            DetectorRefused, NotFound: the new detector's file cannot be used.
            DeviceUnavailable, CoreError: it cannot be computed.
        """
        _sound(new)
        if parent is None:
            return Consequences(0, 0, (), ())
        former, remark = self._former(parent)
        paths = self._cases.remembered() if cases is None else tuple(cases)
        looking = Looking(self._cases, self._processes, str(self._settings.get("analysis.device")))
        found = looking.look(former, new, paths, progress or Progress())
        return replace(found, unread=(*filter(None, [remark]), *found.unread))

    def notices(self, consequences: Consequences, folder: Path, draft: Draft) -> tuple[Path, ...]:
        """Draft notices about issued reports that would be answered otherwise, see `change_notices.notices`."""
        return change_notices.notices(consequences, folder, draft)

    def _making(self, draft: Draft, result: Mapping[str, Any], gate: GateAnswer) -> Making:
        former = self._former(draft.parent_path or draft.parent)[0] if draft.parent else None
        split = self._split(draft)
        return Making(draft, result, gate, split, former.answers if former else "", self._cases.examiner)

    def _split(self, draft: Draft) -> Split | None:
        from core.services.training_split import read_frozen

        if not draft.split_digest:
            return None
        return read_frozen(self._retraining.folder(draft.id), draft.split_digest)

    def _former(self, parent: DetectorReference | Path | None) -> tuple[Former, str]:
        """Digests of a detector, and a sentence where that of its answers is not known."""
        if isinstance(parent, Path) and parent.is_file():
            header = read_header(parent)
            return Former(reference_of(parent, header).digest, answers_digest_of(header)), ""
        digest = parent.digest if isinstance(parent, DetectorReference) else ""
        for one in self._detectors.all():
            if digest and one.reference.digest == digest:
                return Former(digest, one.answers_digest), ""
        return Former(digest), (
            "The parent is not on this computer, so findings of other files of the same detector were not looked for."
        )

    def _require_new_name(self, draft: Draft, name: str, version: str) -> None:
        for one in self._detectors.all():
            if (one.reference.name, one.reference.version) == (name, version):
                raise BadInput(
                    f"There is a detector {name}, version {version}, already ({one.path}). Reports print both, so give "
                    "the new one another name or version."
                )
        if draft.parent is not None and (draft.parent.name, draft.parent.version) == (name, version):
            raise BadInput(
                f"The parent is called {name}, version {version}, too. Reports print both, so give the new detector "
                "another name or version."
            )


def _sound(path: Path) -> Header:
    header = read_header(path)
    verify_shapes(path, header)
    return header


def _require_finished(path: Path, header: Header, draft: Draft) -> None:
    part = header.card.get(PART)
    if not isinstance(part, Mapping) or part.get("draft") != draft.id:
        raise BadInput("The card of the new detector is not finished. Fill it in and sign it first.")
    signature = signature_of(path)
    if signature.state is SignatureState.INVALID:
        raise BadInput(f"{signature.sentence} Finish the card of {path} again, or train the detector anew.")
    if not signature.own and reference_of(path, header).digest != draft.made:  # whoever else may have signed it
        raise BadInput(f"The card of {path} was changed after it was finished. Finish it again.")
    texts = {**checked_texts(header.card, draft), "trained_by": part["trained_by"]}
    said = {name: header.card.get(name, "") for name in texts} | {"trained_by": part["trained_by"]}
    if said != texts or part.get("split_digest") != draft.split_digest:
        raise BadInput("The card was written before the last changes. Sign it again, then put the detector to use.")


def _require_gate(part: Mapping[str, Any]) -> None:
    passed = (part.get("gate") or {}).get("passed") is True
    if not passed and not is_reason(str(part.get("override") or "")):
        raise BadInput(
            "The new detector did not pass its gate, so it is not put to use. Add images and train again, or write "
            "down on the page of the gate why it is used nevertheless (at least twenty letters); its card keeps that."
        )


def _take_rehearsal(made: Path, installed: Path) -> None:
    """What the detector remembers goes along with its file."""
    source, target = rehearsal_path(made), rehearsal_path(installed)
    if not source.is_file() or source == target:
        return
    try:
        content = source.read_bytes()
    except OSError as error:
        raise error_from_os(error, source, doing="reading what the detector remembers") from error
    replace_file(target, content, doing="installing what the detector remembers")
