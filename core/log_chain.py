"""The arithmetic of the chained log, apart from any database, so that a printed or exported log can be followed too.

Every entry has a digest: SHA-256 over its parts, each one preceded by its length (eight bytes, big-endian), so that no
part can run into its neighbour. An entry's payload and its list of changed rows go in as their own SHA-256, so that
either can be withheld from a reader and the chain still be followed.
"""

from __future__ import annotations

import hashlib
import struct

_ENTRY = "dna-det chain 1"
_CASE = "dna-det case 1"


def framed(*parts: bytes) -> bytes:
    """Parts one after the other, each preceded by its length in eight bytes, big-endian."""
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def text_digest(text: str) -> str:
    """SHA-256 of a text in UTF-8; lone surrogates count as the three bytes that stand for them."""
    return hashlib.sha256(_bytes(text)).hexdigest()


def genesis(case_uid: str) -> str:
    """What the first entry of a case follows: no entry, but the identity of the case."""
    return hashlib.sha256(framed(_bytes(_CASE), _bytes(case_uid))).hexdigest()


def link(
    previous: str, sequence: int, at: str, actor: str, action: str, payload_digest: str, changes_digest: str
) -> str:
    """The digest of an entry.

    Args:
        previous: digest of the entry before it, or `genesis`; 64 hexadecimal digits, as all digests here.
        sequence: its number, from 1.
        at: its time as text, as it is kept ("2026-11-21T10:31:00.123456Z").
        actor: who acted.
        action: what was done.
        payload_digest: `text_digest` of its payload as it is kept.
        changes_digest: `text_digest` of its list of changed rows as it is kept.
    """
    parts = (_ENTRY, previous, str(sequence), at, actor, action, payload_digest, changes_digest)
    return hashlib.sha256(framed(*map(_bytes, parts))).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
