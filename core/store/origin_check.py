"""Whether the log that came along from another case holds together."""

from __future__ import annotations

from sqlalchemy import select

from core.custody import Claim, ClaimState
from core.installation import verify_signature
from core.log_chain import genesis, link, text_digest
from core.store.schema import OriginEntryRow, OriginRow, SigningKeyRow
from core.store.session import CaseSession

CLAIM = "log of the origin"


def is_extract(session: CaseSession) -> bool:
    """Whether the case was taken out of another one, or holds entries of another one's log."""
    return bool(session.scalar(select(OriginRow.id)) or session.scalar(select(OriginEntryRow.sequence).limit(1)))


def claim(session: CaseSession) -> Claim:
    """Follow the log of the case that this one was taken out of."""
    origin = session.get(OriginRow, 1)
    if origin is None:
        return _failed("it does not say which case that was")
    keys = {row.key: row.public_key for row in session.scalars(select(SigningKeyRow))}
    previous, count, withheld, signed = genesis(origin.case_uid), 0, 0, 0
    for row in session.scalars(select(OriginEntryRow).order_by(OriginEntryRow.sequence)):
        count += 1
        if row.sequence != count or row.previous != previous or fault(row):
            return _failed(f"entry {row.sequence:,} does not follow from the one before it")
        if row.signature and not _signed(row, keys):
            return _failed(f"the signature of entry {row.sequence:,} is not that of its key")
        signed += bool(row.signature)
        withheld += row.payload is None
        previous = row.digest
    if (count, previous) != (origin.head_sequence, origin.head_digest):
        return _failed(f"it ends with entry {count:,}, but {origin.head_sequence:,} were taken along")
    return Claim(
        CLAIM,
        ClaimState.PASSED,
        f"This case was taken out of the case {origin.case_uid}. Its {count:,} log entries follow from one another to "
        f"the digest {origin.head_digest}; {signed:,} are signed. Of {withheld:,} only the hash was taken along.",
    )


def fault(row: OriginEntryRow) -> bool:
    """Whether an entry that was taken along is not what its digests say."""
    parts = ((row.payload, row.payload_digest), (row.changes, row.changes_digest))
    if any(text is not None and text_digest(text) != digest for text, digest in parts):
        return True
    stated = (row.previous, row.sequence, row.at, row.actor, row.action, row.payload_digest, row.changes_digest)
    return link(*stated) != row.digest


def _signed(row: OriginEntryRow, keys: dict[str, str]) -> bool:
    try:
        digest = bytes.fromhex(row.digest)
    except ValueError:
        return False
    return verify_signature(keys.get(row.key, ""), row.signature, digest)


def _failed(what: str) -> Claim:
    sentence = f"The log of the case that this one was taken out of does not hold together: {what}."
    return Claim(CLAIM, ClaimState.FAILED, sentence)
