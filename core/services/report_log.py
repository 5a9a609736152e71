"""The log in a report: where it stood, and the entries that concern the exhibits of each volume."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.custody import LogHead
from core.progress import Progress
from core.report.record import Line, LogRecord
from core.services.report_exhibit import moment
from core.services.report_sentences import Sentences
from core.store import chain, report_state
from core.store.audit import Act
from core.store.chain import SealedEntry
from core.store.columns import as_we_write_it, utc_time
from core.store.session import CaseSession

MOST = 500  # entries of one volume
_LONGEST = 400  # characters of the details of one entry, about
_ROOM = 80  # characters; a text for which there are fewer is left out
_AT_ONCE = 5_000
_OF_CASE = frozenset({Act.CASE_CREATE, Act.CASE_UPDATE, Act.CASE_MIGRATE, Act.CASE_DERIVE, Act.REPORT_ISSUE})
_KEPT_OF_RECHECK = ("reason", "exhibits", "intact", "complete")
_KEPT_OF_REPORT = ("uid", "number", "revision", "supersedes", "reason")

Row = tuple[int, str, str, str, str, str]
Payload = Mapping[str, Any]


def excerpts(
    session: CaseSession, volumes: Sequence[Sequence[int]], say: Sentences, progress: Progress
) -> tuple[tuple[tuple[Row, ...], int], ...]:
    """The newest entries that concern each volume, oldest first, and how many there are of them.

    Of entries about several exhibits only what is said of those in the volume is told.

    Args:
        session: the case.
        volumes: ids of the exhibits of each.
        say: the language.
        progress: cancel point.
    """
    kept: list[deque[Row]] = [deque(maxlen=MOST) for _ in volumes]
    counts = [0] * len(volumes)
    place = {exhibit_id: number for number, volume in enumerate(volumes) for exhibit_id in volume}
    after = 0
    while entries := chain.entry_digests(session, after=after, limit=_AT_ONCE):
        progress.check()
        after = entries[-1].sequence
        for entry in entries:
            for number, details in _told(entry, place, len(volumes), say):
                counts[number] += 1
                kept[number].append(_row(entry, details, say))
    return tuple((tuple(rows), count) for rows, count in zip(kept, counts, strict=True))


def log_record(session: CaseSession, head: LogHead | None, excerpt: Sequence[Row], stamps: Sequence[Line]) -> LogRecord:
    """The log as a report prints it; without a head (a preview) nothing is said of where it stood."""
    if head is None:
        return LogRecord(0, "", "", "", "", "", (), tuple(excerpt))
    return LogRecord(
        sequence=head.sequence,
        digest=head.digest,
        key=head.key,
        public_key=head.public_key,
        signature=head.signature,
        installation=report_state.installation_of(session, head.key),
        stamps=tuple(stamps),
        excerpt=tuple(excerpt),
    )


def _row(entry: SealedEntry, details: Payload, say: Sentences) -> Row:
    cut = _json(whole_fields(details, say))
    with as_we_write_it("the time of an entry"):
        at = moment(utc_time(entry.at))
    return entry.sequence, at, entry.actor, entry.action, cut, entry.digest


def whole_fields(details: Payload, say: Sentences, most: int = _LONGEST) -> Payload:
    """The details of an entry in about `most` characters of JSON, cut between fields and entries of lists alone.

    Args:
        details: of the entry.
        say: the language of what stands for the parts that are left out.
        most: characters.
    """
    if len(_json(details)) <= most:
        return details
    shown: dict[str, Any] = {}
    left: list[str] = []
    for key in sorted(details, key=lambda name: len(_json(details[name]))):
        room = most - len(_json(shown))
        value = details[key] if len(_json(details[key])) <= room else _shorter(details[key], room, say)
        if value is None:
            left.append(key)
        else:
            shown[key] = value
    return {**shown, **({say("fields_more"): sorted(left)} if left else {})}


def _shorter(value: object, room: int, say: Sentences) -> object:
    """The entries of a list, or the characters of a text, that there is room for; None where there is none."""
    if isinstance(value, list):
        kept: list[Any] = []
        for one in value:
            if len(_json([*kept, one])) > room:
                break
            kept.append(one)
        return [*kept, say("entries_more", n=len(value) - len(kept))]
    if isinstance(value, str) and room > _ROOM:
        return f"{value[: room - _ROOM // 2]}{say('characters_more', n=len(value))}"
    return None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _told(entry: SealedEntry, place: Mapping[int, int], volumes: int, say: Sentences) -> Iterable[tuple[int, Payload]]:
    """Which volumes an entry concerns, and what is told of it in each."""
    with as_we_write_it("an entry of the log"):
        payload = json.loads(entry.payload)
    if not isinstance(payload, dict):
        return []
    if entry.action == Act.RECHECK:
        return [(number, _only(payload, _KEPT_OF_RECHECK)) for number in range(volumes)]
    if entry.action in _OF_CASE:
        told = _only(payload, _KEPT_OF_REPORT) if entry.action == Act.REPORT_ISSUE else payload
        return [(number, told) for number in range(volumes)]
    about = payload.get("id") if entry.action == Act.EXHIBIT_TAKE else payload.get("exhibit")
    if isinstance(about, int):
        return [(place[about], payload)] if about in place else []
    return _about_several(payload, place, say)


def _about_several(payload: Payload, place: Mapping[int, int], say: Sentences) -> Iterable[tuple[int, Payload]]:
    """An entry with a list of exhibits, of findings, or of what was given out: each volume gets its own of them."""
    for key, exhibit_of in (("exhibits", _itself), ("findings", _its_exhibit), ("given", _its_exhibit)):
        listed = payload.get(key)
        if not isinstance(listed, list):
            continue
        mine: dict[int, list[Any]] = {}
        for one in listed:
            if (number := place.get(exhibit_of(one))) is not None:
                mine.setdefault(number, []).append(one)
        for number, rows in mine.items():
            left = {} if len(rows) == len(listed) else {"(…)": say("withheld")}
            yield number, {**payload, key: rows, **left}
        return


def _itself(one: object) -> int:
    return one if isinstance(one, int) else -1


def _its_exhibit(one: object) -> int:
    return _itself(one.get("exhibit")) if isinstance(one, dict) else -1


def _only(payload: Payload, keys: Sequence[str]) -> dict[str, Any]:
    return {key: payload[key] for key in keys if key in payload}
