"""Why a file did not become pixels: one error that carries the outcome for the intake report and a sentence."""

from __future__ import annotations

import errno

from core.domain import IntakeOutcome
from core.errors import CoreError

_SAY: dict[int, str] = {
    errno.ELOOP: "is a link that leads back to itself",
    errno.EISDIR: "is a folder, not a file",
    errno.ENAMETOOLONG: "has a name that is too long for this system",
    errno.EIO: "cannot be read: the drive reports an error. Image the drive first and take the copy in",
    errno.ESTALE: "cannot be read: the network drive has gone. Connect it and take the file in again",
}


class Undecodable(CoreError):
    """A file, archive or archive member that gives no pixels.

    Args:
        outcome: what the intake report says became of it.
        sentence: the same for the analyst, with the path and a way out.
    """

    def __init__(self, outcome: IntakeOutcome, sentence: str) -> None:
        super().__init__(outcome, sentence)  # both, so that it survives being sent between processes
        self.outcome = outcome
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


def unreadable_source(error: OSError, label: str) -> Undecodable:
    """The outcome of an operating-system error while a source was read.

    Args:
        error: what the operating system raised.
        label: path of the source as the analyst knows it.
    """
    if isinstance(error, FileNotFoundError) or error.errno == errno.ENOTDIR:
        return Undecodable(
            IntakeOutcome.VANISHED, f"{label} is not there any more. Check the drive and take it in again."
        )
    if isinstance(error, PermissionError):
        return Undecodable(
            IntakeOutcome.NO_PERMISSION,
            f"No permission to read {label}. Ask for read access, or copy it and take the copy in.",
        )
    if error.errno in _SAY:
        return Undecodable(IntakeOutcome.UNREADABLE, f"{label} {_SAY[error.errno]}.")
    said = error.strerror or str(error) or type(error).__name__
    return Undecodable(IntakeOutcome.UNREADABLE, f"{label} cannot be read: {said}.")
