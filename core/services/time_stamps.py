"""Time stamps of an authority over the log of a case: the analyst carries two small files, no network is asked."""

from __future__ import annotations

from pathlib import Path

from core.custody import Claim, ClaimState, TimeStamp
from core.domain import Table, Written
from core.errors import BadInput, error_from_os
from core.report import time_stamp
from core.services.cases import Cases
from core.store import chain, time_stamps
from core.store.session import CaseSession
from core.store.time_stamps import KeptStamp
from core.whole_file import replace_file

CLAIM = "time stamps"
_TOUCHED = frozenset({Table.INTEGRITY})


class TimeStamps:
    """Asks for time stamps over the log head, and takes the answers back.

    Args:
        cases: holds the open case.
    """

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    def request(self, path: Path) -> Written[TimeStamp]:
        """Write a request (.tsq) for the log head as it is now, to be sent to a time-stamp authority by other means.

        Raises:
            BadInput: the file exists already.
            NoPermission, DiskFull, CoreError: the file cannot be written; nothing is kept then.
            ReadOnlyCase: the case is open read-only.
        """
        if path.exists():
            raise BadInput(f"{path} exists already. Choose another name for the request.")
        with self._cases.database.writing() as transaction:
            head = chain.head(transaction)
            asked = time_stamp.request(head.digest)
            made = time_stamps.add(transaction, head, asked)
            replace_file(path, asked, doing="writing the time-stamp request")
        return Written(made, _TOUCHED)

    def bring_back(self, path: Path, roots: Path | None = None) -> Written[TimeStamp]:
        """Check an authority's reply (.tsr) and keep it with its request.

        Args:
            path: the reply.
            roots: certificates of trusted authorities (PEM or DER); without them the signature is checked, but nobody
                vouches for the authority.

        Raises:
            BadInput: it is no reply, answers no request of this case, or its signature is not good.
            NotFound, NoPermission: it cannot be read.
            ReadOnlyCase: the case is open read-only.
        """
        reply = _content(path)
        trusted = time_stamp.certificates_in(_content(roots)) if roots else ()
        with self._cases.database.writing() as transaction:
            asked = _asked(transaction, reply, path)
            try:
                stamp = time_stamp.check(reply, asked.request, trusted)
            except BadInput as error:
                raise BadInput(f"{path} cannot be used. {error}") from error
            made = time_stamps.add_reply(transaction, asked.stamp, reply, stamp.authority, stamp.at)
        return Written(made, _TOUCHED)

    def all(self) -> tuple[TimeStamp, ...]:
        """Every time stamp of the open case, oldest first."""
        with self._cases.database.reading() as session:
            return tuple(one.stamp for one in time_stamps.kept(session))


def claim(session: CaseSession) -> Claim:
    """Whether every reply that is kept still fits its request, its log entry and what is stated of it."""
    kept = time_stamps.kept(session)
    brought = [one for one in kept if one.reply is not None]
    faults = [fault for one in kept if (fault := _fault(session, one))]
    if faults:
        return Claim(CLAIM, ClaimState.FAILED, f"{len(faults)} of {len(kept)} time stamps do not hold.", tuple(faults))
    if not brought:
        were = "was" if len(kept) == 1 else "were"
        waiting = f" {len(kept)} {were} asked for, and no reply was brought back." if kept else ""
        return Claim(CLAIM, ClaimState.UNCHECKED, f"No time-stamp authority has vouched for this log.{waiting}")
    lines = tuple(
        f"entry {one.stamp.sequence}: {one.stamp.authority}, {one.stamp.stamped_at:%Y-%m-%d %H:%M:%S} UTC"
        for one in brought
    )
    hold = "1 time stamp holds" if len(brought) == 1 else f"{len(brought)} time stamps hold"
    sentence = (
        f"{hold}: the log had come that far at the time below. Whether the authority is to be trusted is not checked "
        "here."
    )
    return Claim(CLAIM, ClaimState.PASSED, sentence, lines)


def _fault(session: CaseSession, one: KeptStamp) -> str:
    stamp = one.stamp
    where = f"entry {stamp.sequence}"
    if chain.digest_at(session, stamp.sequence) != stamp.digest:
        return f"{where}: the log has another digest there than the one that was to be stamped."
    if time_stamp.digest_asked(one.request) != stamp.digest:
        return f"{where}: the request that is kept asks for another digest."
    if one.reply is None:
        return ""
    try:
        found = time_stamp.check(one.reply, one.request)
    except BadInput as error:
        return f"{where}: the reply does not hold. {error}"
    if (found.authority, found.at) != (stamp.authority, stamp.stamped_at):
        return f"{where}: authority or time are not those of the reply."
    return ""


def _asked(session: CaseSession, reply: bytes, path: Path) -> KeptStamp:
    """The request that a reply answers."""
    kept = time_stamps.kept(session)
    try:
        found = [one for one in kept if time_stamp.answers(reply, one.request)]
        if not kept:
            time_stamp.require_granted(reply)
    except BadInput as error:
        raise BadInput(f"{path} cannot be used. {error}") from error
    if not found:
        raise BadInput(
            f"{path} answers no request of this case: its digest or its nonce is another one. Write a request and send "
            "that one."
        )
    if found[0].reply is not None:
        raise BadInput(f"The reply to this request was brought back already; {path} is kept in the case.")
    return found[0]


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(time_stamp.LARGEST + 1)
    except OSError as error:
        raise error_from_os(error, path, doing="reading the time stamp") from error
