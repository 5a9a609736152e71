"""What the log of a case, its signatures and the anchors outside of it say: claims from what the store found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core import installation
from core.custody import Claim, ClaimState
from core.installation import Anchor, AnchorFile
from core.store import file_mark
from core.store.log_check import LogCheck

UNBROKEN, SIGNED, ANCHORED, AS_CLOSED = "log unbroken", "log signed", "log anchored", "file as closed"
RESTORED = "case.restore"  # why a head was noted: a copy that ends with it was brought back out of an archive
_MOST_DETAILS = 200


def claim_of(name: str, faults: Sequence[str], failed: str, passed: str, remarks: Sequence[str] = ()) -> Claim:
    """A claim that fails when there are faults; the first two hundred of them are told."""
    told = [
        *faults[:_MOST_DETAILS],
        *([f"… and {len(faults) - _MOST_DETAILS} more."] if faults[_MOST_DETAILS:] else []),
    ]
    if faults:
        return Claim(name, ClaimState.FAILED, failed, (*told, *remarks))
    return Claim(name, ClaimState.PASSED, passed, tuple(remarks))


def share(count: int, total: int, noun: str) -> str:
    """The beginning of a sentence: "1 of 3 exhibits is", "2 of 3 exhibits are"."""
    return f"{count} of {total} {noun} {'is' if count == 1 else 'are'}"


def unchecked(name: str, sentence: str, *details: str) -> Claim:
    """A claim that could not be tested."""
    return Claim(name, ClaimState.UNCHECKED, sentence, details)


def unbroken(log: LogCheck) -> Claim:
    """Whether every entry is what was sealed, and none is missing."""
    faults = log.faults if log.entries else ["The log has no entry."]
    sound = f"Up to {log.named(log.sound_to)} it is as it was sealed." if log.sound_to else "None of it can be trusted."
    failed = f"The log is not what was sealed. {sound}"
    return claim_of(UNBROKEN, faults, failed, f"All {log.length} entries of the log are as they were sealed.")


def signed(log: LogCheck) -> Claim:
    """Whether every signature is good, and whose they are."""
    bad = [f"The signature of {log.named(mark.sequence)} does not hold." for mark in log.marks if not mark.holds]
    used = sorted({mark.key for mark in log.marks if mark.key})
    known = installation.known_keys(log.case_uid)
    remarks = [_whose(log, key, known=key in known) for key in used]
    bare = sum(mark.key is None for mark in log.marks)
    if not bad and (bare or not log.marks):
        sentence = (
            f"{share(bare, len(log.marks), 'transactions')} not signed: there was no key where they were written."
        )
        return unchecked(SIGNED, sentence if log.marks else "There is no signature.", *remarks)
    good = len(log.marks) - len(bad) - bare
    strangers = " Some are by a key that this user has never seen." if any(key not in known for key in used) else ""
    failed = f"{share(len(bad), len(log.marks), 'signatures')} not good."
    return claim_of(SIGNED, bad, failed, f"All {good} signatures of the log hold.{strangers}", remarks)


def anchored(log: LogCheck, file: AnchorFile) -> Claim:
    """Whether the log agrees with what this installation noted of it, outside the case."""
    claim = _anchored(log, file)
    if not file.strangers:
        return claim
    lines = f"{file.strangers} line{'' if file.strangers == 1 else 's'}"
    said = f"The anchor file {file.path} holds notes of another case ({lines}): it was exchanged or mixed up."
    return replace(claim, sentence=f"{said} {claim.sentence}")


def _anchored(log: LogCheck, file: AnchorFile) -> Claim:
    remarks = _remarks(file)
    if not file.anchors:
        head = f"entry {log.length}, digest {log.digests.get(log.length, 'unknown')}"
        return unchecked(
            ANCHORED,
            "Nothing was noted of this case here, so a log that was shortened or written anew would not be noticed. "
            "Compare its end with the one printed in a report, or verify it where it was worked on.",
            f"It ends with {head}.",
            *remarks,
        )
    lines = _Lines(log, file.anchors)
    if lines.agreed < log.length:
        remarks.append(f"What came after entry {lines.agreed} was not noted here.")
    if lines.copies:
        parts = min(line.parts for line in lines.copies) + 1
        remarks.append(f"Another copy of this case was worked on here; from entry {parts} on it goes its own way.")
    if faults := _faults(log, lines.accusing):
        return claim_of(ANCHORED, faults, "The log is not the one that was noted here.", "", remarks)
    if lines.originals:
        return unchecked(ANCHORED, _of_original(log, lines.originals), *remarks)
    passed = f"The log agrees with all that was noted of it here, up to entry {lines.agreed}."
    return claim_of(ANCHORED, (), "", passed, remarks)


def as_closed(log: LogCheck, file: AnchorFile, database: Path, *, at_rest: bool) -> Claim:
    """Whether the database is, to the last byte, what this program left here; also bytes that SQLite ignores count."""
    head = log.digests.get(log.length)
    marks = [one for one in file.anchors if one.file and (one.sequence, one.digest) == (log.length, head)]
    if not at_rest or not marks:
        why = "it was not closed here in this state" if at_rest else "it is open, or was not closed"
        return unchecked(AS_CLOSED, f"The bytes of {database.name} cannot be compared with those left here: {why}.")
    try:
        now = file_mark.mark_of(database)
    except OSError as error:
        return claim_of(AS_CLOSED, [str(error)], f"The file {database} cannot be read.", "")
    when = f"{marks[-1].at:%Y-%m-%d %H:%M:%S} UTC"
    same = now is not None and any(file_mark.is_same(one.file, now) for one in marks if one.file)
    fault = (
        f"The file {database} has other bytes than this program left behind entry {log.length} of {when}. Where the "
        "records are as logged, the bytes are such as SQLite ignores, or another program has written to the file."
    )
    passed = f"The file {database.name} is as this program left it here behind entry {log.length} of {when}."
    return claim_of(AS_CLOSED, [] if same else [fault], "The file was changed since it was closed.", passed)


def _whose(log: LogCheck, key: str, *, known: bool) -> str:
    _, place = log.keys.get(key, ("", "nobody stated"))
    return f"Key {key} ({place[:80]}): {'known to this user' if known else 'never seen by this user'}."


def _remarks(file: AnchorFile) -> list[str]:
    remarks = [file.problem] if file.problem else []
    if file.damaged:
        remarks.append(f"{file.damaged} lines of the anchor file {file.path} are damaged, and were passed over.")
    own = installation.signer()
    strange = sorted({one.key for one in file.anchors if one.key} - ({own.key} if own else set()))
    if strange:
        remarks.append(
            f"Anchors were noted with another key ({', '.join(strange)}): this user's folder comes from another "
            "installation, or its key was made anew."
        )
    return remarks


def _agrees(log: LogCheck, anchor: Anchor) -> bool:
    return log.digests.get(anchor.sequence) == anchor.digest


@dataclass(slots=True)
class _Line:
    """What was noted of a case here, one entry behind the other, and is not in a log.

    Attributes:
        parts: the entry of the log that it follows; where the anchors between are missing, the last one before it.
        begins: place of its first anchor among all.
        anchors: those of it that may accuse.
    """

    parts: int
    begins: int
    anchors: list[Anchor] = field(default_factory=list)


class _Lines:
    """Tells what was noted behind a log from what was noted of another copy of the case.

    Every anchor names the one before it. A line that parts from the log accuses it: the log was cut or written anew.
    It does not where the log was noted beyond that place first, for then the line is that of a copy; nor where the log
    is a copy that was brought back out of an archive here, for then the line is that of the original.
    """

    def __init__(self, log: LogCheck, anchors: Sequence[Anchor]) -> None:
        self._log, self._anchors = log, anchors
        self._own = [(place, one.sequence) for place, one in enumerate(anchors) if _agrees(log, one)]
        self.agreed = max((sequence for _, sequence in self._own), default=0)
        lines = self._found()
        self.copies = [line for line in lines if self._own_since(line.parts) < line.begins]
        rest = [line for line in lines if line not in self.copies]
        self.originals = [line for line in rest if self._is_original(line)]
        self.accusing = [line for line in rest if line not in self.originals and line.anchors]

    def _found(self) -> list[_Line]:
        parents = {one.digest: one.before for one in self._anchors if one.before}
        places = {digest: sequence for sequence, digest in self._log.digests.items()}
        found: dict[str, _Line] = {}
        for place, one in enumerate(self._anchors):
            if _agrees(self._log, one):
                continue
            root = _root(one.digest, parents, places)
            parts = places.get(parents.get(root, ""))
            if parts is None:
                parts = max((number for _, number in self._own if number < one.sequence), default=0)
            line = found.setdefault(root, _Line(parts, place))
            if _stands(one):
                line.anchors.append(one)
        return [*found.values()]

    def _own_since(self, sequence: int) -> int:
        """The place of the first anchor of the log itself beyond an entry, behind all where there is none."""
        return min((place for place, number in self._own if number > sequence), default=len(self._anchors))

    def _is_original(self, line: _Line) -> bool:
        for place, one in enumerate(self._anchors):
            if one.why == RESTORED and place > line.begins and one.sequence <= line.parts and _agrees(self._log, one):
                went_on = place < self._own_since(line.parts) < len(self._anchors)
                if went_on or self._log.length == one.sequence:
                    return True
        return False


def _root(digest: str, parents: Mapping[str, str], places: Mapping[str, int]) -> str:
    """The first anchor of the line that an anchor belongs to: the one before it is in the log, or was not noted."""
    seen = {digest}
    while (before := parents.get(digest, "")) in parents and before not in places and before not in seen:
        seen.add(before)
        digest = before
    return digest


def _of_original(log: LogCheck, lines: Sequence[_Line]) -> str:
    noted = [one for line in lines for one in line.anchors]
    last = f", the last of {_when(max(noted, key=lambda anchor: anchor.at))}" if noted else ""
    return (
        f"It was brought back out of an archive here, and ends with {log.named(log.length)}. Later entries were noted "
        f"of the original{last}; they are not in this copy."
    )


def _stands(anchor: Anchor) -> bool:
    """Whether an anchor may accuse a log: a signature that is not good makes it worth nothing."""
    return not anchor.key or installation.head_is_signed(anchor)


def _faults(log: LogCheck, lines: Sequence[_Line]) -> list[str]:
    """A sentence for entries that were written anew, and one for a log that was cut."""
    said = []
    cut = [one for line in lines if line.parts == log.length for one in line.anchors]
    left = [line for line in lines if line.parts < log.length]
    if left:
        line = min(left, key=lambda line: line.parts)
        one = min(line.anchors, key=lambda anchor: anchor.sequence)
        upto = f"Up to {log.named(line.parts)} they agree." if line.parts else "They agree nowhere."
        said.append(
            f"Entry {one.sequence} is not the one that was noted here, of {_when(one)} ({one.why}). The log was "
            f"written anew from there, or this is another copy of the case that was worked on elsewhere. {upto}"
        )
    if cut:
        last = max(cut, key=lambda anchor: anchor.sequence)
        said.append(
            f"The log ends with {log.named(log.length)}, but entries up to {last.sequence} were noted here, the last "
            f"of {_when(last)}. What came after was cut off, or this is an older copy of the case."
        )
    return said


def _when(anchor: Anchor) -> str:
    return f"{anchor.at:%Y-%m-%d %H:%M:%S} UTC"
