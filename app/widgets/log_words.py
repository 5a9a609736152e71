"""The log of a case in words: what was done, and to what, in one line each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.wording import counted
from core.domain import AuditEntry

Payload = Mapping[str, Any]
_HASH_SHOWN = 12
_NAMED = 6
_LONGEST = 120  # characters of one name, path or text
_SEPARATORS = re.compile(r"[/\\]")


def act_text(entry: AuditEntry) -> str:
    """What was done, for a reader who does not know the names of the log."""
    return _ACTS.get(entry.action, (entry.action, _everything))[0]


def details_text(entry: AuditEntry) -> str:
    """What it was done to; an act this version does not know is shown as it stands in the log."""
    try:
        return _ACTS.get(entry.action, ("", _everything))[1](entry.payload)
    except (LookupError, TypeError, ValueError, AttributeError):
        return _everything(entry.payload)


def _everything(payload: Payload) -> str:
    return " · ".join(f"{key}: {_plain(value)}" for key, value in payload.items())


def _plain(value: object) -> str:
    if isinstance(value, (list, tuple)) and len(value) > 3:
        return f"{value[0]} … ({len(value):,})"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _short(text: object) -> str:
    """A name or text as far as a line has room for it, cut at the end."""
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}…"


def _file(payload: Payload) -> str:
    """The file that an entry names, by its path's last part."""
    return _short(_SEPARATORS.split(str(payload["path"]))[-1])


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _digest(payload: Payload) -> str:
    sha256 = payload.get("sha256")
    return f"SHA-256 {sha256[:_HASH_SHOWN]}…" if sha256 else ""


def _taken(payload: Payload) -> str:
    return " · ".join([_short(payload["name"]), f"{payload['bytes']:,} bytes", _digest(payload)])


def _again(payload: Payload) -> str:
    return _joined(_file(payload), _digest(payload))


def _refused(payload: Payload) -> str:
    path, reason = str(payload.get("path") or ""), str(payload["reason"] or payload["outcome"])
    name = _SEPARATORS.split(path)[-1]
    return reason.replace(path, _short(name)) if name else reason


def _findings(payload: Payload) -> str:
    found = payload["findings"]
    verdicts = Counter(row["verdict"] for row in found)
    told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    detectors = ", ".join(sorted({row["detector"][:_HASH_SHOWN] for row in found}))
    return f"{told} · detector {detectors}"


def _outcomes(payload: Payload) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in payload["outcomes"].items())


def _queued(payload: Payload) -> str:
    return counted(int(payload["items"]), "file", "files") if payload["items"] else ""


def _left(payload: Payload) -> str:
    return f"{counted(int(payload['left']), 'file', 'files')} not taken in"


def _statement(payload: Payload) -> str:
    return " · ".join(f"{key}: {value}" for key, value in payload.items() if value)


def _opened(payload: Payload) -> str:
    left, swept = payload.get("not_closed_by"), payload.get("unfinished_reports_removed")
    removed = f"{counted(int(swept), 'unfinished report', 'unfinished reports')} removed" if swept else ""
    rest = {
        name: value for name, value in payload.items() if name not in ("not_closed_by", "unfinished_reports_removed")
    }
    return _joined(f"not closed before by {left}" if left else "", removed, _statement(rest))


def _restated(payload: Payload) -> str:
    blind, told = payload.get("blind"), ""
    if isinstance(blind, Mapping):
        words = "from now on answers are hidden until the own view" if blind["to"] else "answers are no longer hidden"
        told = f"blind turned {'on' if blind['to'] else 'off'}: {words}"
    changes = (
        f"{name}: {_short(change['from']) or '–'} → {_short(change['to']) or '–'}"
        for name, change in payload.items()
        if name != "blind"
    )
    return _joined(told, *changes)


def _of(payload: Payload) -> str:
    return f"exhibit {payload['exhibit']}"


def _view(payload: Payload) -> str:
    if payload.get("hidden"):
        return f"{_of(payload)} · hidden until you write your view"
    when = "before the answer was shown" if payload["blind"] else "the answer was visible"
    return " · ".join(filter(None, (_of(payload), payload["opinion"], when, payload["text"])))


def _annotation(payload: Payload) -> str:
    if payload.get("hidden"):
        return f"{_of(payload)} · hidden until you write your view"
    again = "put back" if payload.get("restored") else ""
    return " · ".join(filter(None, (_of(payload), payload["kind"], payload["text"], again)))


def _annotation_changed(payload: Payload) -> str:
    if payload.get("hidden"):
        return f"{_of(payload)} · hidden until you write your view"
    before, after = payload["from"], payload["to"]
    changes = {
        "moved": before["points"] != after["points"],
        f"text: {after['text']}": before["text"] != after["text"],
        "in the report": after["in_report"] > before["in_report"],
        "not in the report": after["in_report"] < before["in_report"],
    }
    return " · ".join([_of(payload), *(words for words, changed in changes.items() if changed)])


def _group(payload: Payload) -> str:
    again = "put back" if payload.get("restored") else ""
    held = counted(len(payload["exhibits"]), "exhibit", "exhibits")
    return " · ".join(filter(None, (payload["name"], held, payload["note"], again)))


def _group_changed(payload: Payload) -> str:
    return f"{_group(payload['from'])} → {_group(payload['to'])}"


def _robustness(payload: Payload) -> str:
    if payload.get("hidden"):
        return f"{_of(payload)} · hidden until you write your view"
    steps = counted(int(payload["steps"]), "step", "steps")
    return f"{_of(payload)} · {payload['preset']}, {steps} · detector {payload['detector'][:_HASH_SHOWN]}"


def _custody(payload: Payload) -> str:
    parties = " → ".join(filter(None, (payload["from_party"], payload["to_party"])))
    corrected = f"corrects no. {payload['corrects']}" if payload["corrects"] is not None else ""
    about = counted(len(payload["exhibits"]), "exhibit", "exhibits") if payload["exhibits"] else "the whole case"
    when = str(payload["at"]).replace("T", " ")
    return _joined(payload["kind"], when, _short(parties), _short(payload["item"]), about, corrected)


def _recheck(payload: Payload) -> str:
    told = f"{payload['intact']:,} of {counted(payload['exhibits'], 'exhibit', 'exhibits')} as taken in"
    cut = "" if payload["complete"] else "cut short"
    states = Counter(row["state"] for row in payload["problems"])
    return " · ".join([told, *(f"{count:,} {state}" for state, count in states.items()), *filter(None, (cut,))])


def _rerun(payload: Payload) -> str:
    if payload.get("hidden"):
        return f"{_of(payload)} · hidden until you write your view"
    return f"{_of(payload)} · {payload['outcome']}"


def _propositions(payload: Payload) -> str:
    if payload.get("hidden"):
        return f"{_of(payload)} · hidden until you write your view"
    when = "before the answer was seen" if payload["before_answer"] else "the answer was visible"
    return f"{_of(payload)} · {when} · {_short(payload['first'])} · or: {_short(payload['second'])}"


def _conclusion(payload: Payload) -> str:
    if payload.get("hidden"):
        return f"{_of(payload)} · hidden until you write your view"
    side = {True: "agrees", False: "disagrees", None: ""}[payload["agrees"]]
    said = (payload["outcome"], payload["phrase"], _short(payload["opinion"]))
    return _joined(_of(payload), payload["role"], side, *said)


def _made(payload: Payload) -> str:
    parts = (_short(payload["title"]), payload["number"], payload["examiner"], payload["laboratory"])
    return _joined(*map(str, parts), "blind" if payload.get("blind") else "")


def _migrated(payload: Payload) -> str:
    strange = payload.get("not_as_logged")
    found = f"{counted(len(strange), 'record', 'records')} not as logged" if strange else ""
    return _joined(f"version {payload['to']}", f"the case as it was: {_short(payload['backup'])}", found)


def _sealed(payload: Payload) -> str:
    return f"{counted(int(payload['rows']), 'record', 'records')} that had no seal"


def _nothing_new(payload: Payload) -> str:
    return _joined(_file(payload), str(payload["outcome"]), _digest(payload))


def _put_back(payload: Payload) -> str:
    return _joined(f"from {_file(payload)}", _digest(payload))


def _about(payload: Payload) -> str:
    """The exhibits of an entry: a few by their number, more by how many there are."""
    numbers = payload["exhibits"]
    return f"exhibit {', '.join(map(str, numbers))}" if len(numbers) <= 3 else f"{len(numbers):,} exhibits"


def _tagged(payload: Payload) -> str:
    return _joined(_about(payload), f"tag {payload['tag']} {'given' if payload['on'] else 'taken away'}")


def _noted(payload: Payload) -> str:
    return _joined(_of(payload), _short(payload["text"]) or "the note was emptied")


def _reviewed(payload: Payload) -> str:
    return _joined(_about(payload), "reviewed" if payload["reviewed"] else "no longer reviewed")


def _drafted(payload: Payload) -> str:
    names = [str(name).replace("_", " ") for name in payload["changed"]]
    shown = ", ".join(names[:_NAMED])
    return f"changed: {shown}" + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _issued(payload: Payload) -> str:
    amends = f"in place of {payload['supersedes']}: {_short(payload['reason'])}" if payload["supersedes"] else ""
    return _joined(
        f"{payload['uid']}, number {_short(payload['number'])}, revision {payload['revision']}",
        f"by {_short(payload['author'])}" if payload["author"] else "",
        counted(len(payload["exhibits"]), "exhibit", "exhibits"),
        counted(len(payload["files"]), "file", "files"),
        f"sealed by {_short(payload['signer'])}" if payload["signer"] else "not sealed",
        amends,
    )


def _stamp_wished(payload: Payload) -> str:
    return f"for entry {payload['sequence']} of this log"


def _moment(at: object) -> str:
    return datetime.fromisoformat(str(at)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _stamped(payload: Payload) -> str:
    return (
        f"entry {payload['sequence']} of this log · by {_short(payload['authority'])}, {_moment(payload['stamped_at'])}"
    )


def _exported(payload: Payload) -> str:
    return f"{counted(len(payload['exhibits']), 'exhibit', 'exhibits')} as the case {_short(payload['case'])}"


def _derived(payload: Payload) -> str:
    taken = counted(len(payload["exhibits"]), "exhibit", "exhibits")
    left = counted(int(payload["left_out"]), "exhibit", "exhibits")
    source = f"the case {payload['from'][:_HASH_SHOWN]}…, as it was at entry {payload['head']}"
    return f"{taken} of {source} · {left} left there"


def _archived(payload: Payload) -> str:
    held = counted(int(payload["files"]), "file", "files")
    return _joined(_short(payload["file"]), held, f"{payload['size']:,} bytes", _digest(payload))


def _consented(payload: Payload) -> str:
    given = counted(len(payload["given"]), "exhibit", "exhibits")
    if payload.get("hidden"):
        return f"{given} · hidden until you write your view"
    return _joined(
        given, f"as {_short(payload['label'])}", f"by {_short(payload['given_by'])}", _short(payload["reason"])
    )


_ACTS: Mapping[str, tuple[str, Callable[[Payload], str]]] = {
    "case.create": ("Case made", _made),
    "case.open": ("Case opened", _opened),
    "case.update": ("Case details changed", _restated),
    "case.migrate": ("Case brought to a new version", _migrated),
    "case.seal": ("Records sealed as they were found", _sealed),
    "intake.begin": ("Intake begun", _queued),
    "intake.extend": ("Files found", _queued),
    "intake.refuse": ("Not taken in", _refused),
    "intake.done": ("Nothing new taken in", _nothing_new),
    "intake.finish": ("Intake finished", _outcomes),
    "intake.discard": ("Rest of an intake given up", _left),
    "exhibit.take": ("Exhibit taken in", _taken),
    "exhibit.occurrence": ("Same bytes seen again", _again),
    "evidence.restore": ("Missing evidence put back", _put_back),
    "finding.add": ("Findings", _findings),
    "tag": ("Tag changed", _tagged),
    "note": ("Note changed", _noted),
    "review": ("Review changed", _reviewed),
    "view.add": ("View written down", _view),
    "annotation.add": ("Annotation drawn", _annotation),
    "annotation.change": ("Annotation changed", _annotation_changed),
    "annotation.remove": ("Annotation removed", _annotation),
    "custody.add": ("Custody written down", _custody),
    "recheck": ("Evidence verified", _recheck),
    "rerun": ("Finding repeated", _rerun),
    "robustness.add": ("Robustness checked", _robustness),
    "propositions.add": ("Propositions written down", _propositions),
    "conclusion.add": ("Conclusion written down", _conclusion),
    "group.make": ("Group made", _group),
    "group.change": ("Group changed", _group_changed),
    "group.remove": ("Group removed", _group),
    "report.draft": ("Text of the report changed", _drafted),
    "report.issue": ("Report issued", _issued),
    "time stamp.request": ("Time stamp asked for", _stamp_wished),
    "time stamp.reply": ("Time stamp brought back", _stamped),
    "case.export": ("Exhibits given out as a case", _exported),
    "case.derive": ("Case made out of another one", _derived),
    "case.archive": ("Case archived", _archived),
    "training.consent": ("Consent to learn from exhibits", _consented),
}
