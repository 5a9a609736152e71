"""What the log of a case, its signatures and the anchors outside of it say: claims from what the store found."""

from __future__ import annotations

from collections.abc import Sequence
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
    anchors, restored = _since_restored(log, file.anchors)
    first: dict[int, str] = {}
    for anchor in anchors:
        first.setdefault(anchor.sequence, anchor.digest)
    accusing = [one for one in anchors if one.digest == first[one.sequence] and not _agrees(log, one)]
    parted = [one for one in accusing if one.sequence <= log.length and _stands(one)]
    beyond = [one for one in _of_this_log(log, anchors) if _stands(one)]
    others = {one.sequence for one in anchors if one.sequence <= log.length and not _agrees(log, one)}
    if restored:
        left = "entry" if restored == 1 else "entries"
        remarks.append(
            f"It was brought back out of an archive here, and lacks {restored} later {left} of the original."
        )
    if others and not parted:
        remarks.append(
            f"Another copy of this case was worked on here; from entry {min(others)} on it goes its own way."
        )
    faults = _parted(log, parted, anchors) + _cut(log, beyond)
    last = max((one for one in anchors if _agrees(log, one)), key=lambda one: one.sequence, default=None)
    passed = f"The log agrees with all that was noted of it here, up to entry {last.sequence if last else 0}."
    if last and last.sequence < log.length:
        remarks.append(f"What came after entry {last.sequence} was not noted here.")
    return claim_of(ANCHORED, faults, "The log is not the one that was noted here.", passed, remarks)


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


def _since_restored(log: LogCheck, anchors: Sequence[Anchor]) -> tuple[Sequence[Anchor], int]:
    """The anchors that count for a copy that was brought back out of an archive, and how many entries it lacks.

    What was noted of the case between the making of the archive and its unpacking speaks of the original; for a copy
    that ends where it was unpacked, or that was worked on since, it does not count.
    """
    marks = [place for place, one in enumerate(anchors) if one.why == RESTORED and _agrees(log, one) and _stands(one)]
    if not marks:
        return anchors, 0
    place = marks[-1]
    end = anchors[place].sequence
    went_on = any(one.sequence > end and _agrees(log, one) for one in anchors[place:])
    if log.length > end and not went_on:
        return anchors, 0
    original: dict[str, int] = {}  # digest -> number, of entries that went on from the original
    kept = []
    for at, one in enumerate(anchors):
        theirs = original.keys() & {one.digest, one.before} or (at < place and one.sequence > end)
        if theirs and not _agrees(log, one):
            original[one.digest] = one.sequence
        else:
            kept.append(one)
    return kept, len(original)


def _stands(anchor: Anchor) -> bool:
    """Whether an anchor may accuse a log: a signature that is not good makes it worth nothing."""
    return not anchor.key or installation.head_is_signed(anchor)


def _of_this_log(log: LogCheck, anchors: Sequence[Anchor]) -> list[Anchor]:
    """Anchors behind the end of the log that follow it, and not the end of another copy of the case."""
    before = {one.digest: one.before for one in anchors if one.before}
    known, head = set(log.digests.values()), log.digests.get(log.length, "")
    follows: dict[str, bool] = {digest: digest == head for digest in known}
    for one in sorted(anchors, key=lambda anchor: anchor.sequence):
        if one.sequence > log.length:
            follows.setdefault(one.digest, follows.get(before.get(one.digest, ""), True))
        else:
            follows.setdefault(one.digest, False)
    return [one for one in anchors if one.sequence > log.length and follows[one.digest]]


def _parted(log: LogCheck, parted: Sequence[Anchor], anchors: Sequence[Anchor]) -> list[str]:
    if not parted:
        return []
    one = min(parted, key=lambda anchor: anchor.sequence)
    agreed = max((a.sequence for a in anchors if a.sequence < one.sequence and _agrees(log, a)), default=0)
    upto = f"Up to {log.named(agreed)} they agree." if agreed else "They agree nowhere."
    said = (
        f"Entry {one.sequence} is not the one that was noted here, of {_when(one)} ({one.why}). The log was written "
        f"anew from there, or this is another copy of the case that was worked on elsewhere. {upto}"
    )
    return [said]


def _cut(log: LogCheck, beyond: Sequence[Anchor]) -> list[str]:
    if not beyond:
        return []
    last = max(beyond, key=lambda anchor: anchor.sequence)
    said = (
        f"The log ends with {log.named(log.length)}, but entries up to {last.sequence} were noted here, the last of "
        f"{_when(last)}. What came after was cut off, or this is an older copy of the case."
    )
    return [said]


def _when(anchor: Anchor) -> str:
    return f"{anchor.at:%Y-%m-%d %H:%M:%S} UTC"
