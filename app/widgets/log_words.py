"""The log of a case in words: what was done, and to what, in one line each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from app.wording import counted
from core.domain import AuditEntry

Payload = Mapping[str, Any]
_HASH_SHOWN = 12
_SEPARATORS = re.compile(r"[/\\]")


def act_text(entry: AuditEntry) -> str:
    """What was done, for a reader who does not know the names of the log."""
    return _ACTS.get(entry.action, (entry.action, _everything))[0]


def details_text(entry: AuditEntry) -> str:
    """What it was done to; an act this version does not know is shown as it stands in the log."""
    try:
        return _ACTS.get(entry.action, ("", _everything))[1](entry.payload)
    except (KeyError, TypeError, AttributeError):
        return _everything(entry.payload)


def _everything(payload: Payload) -> str:
    return " · ".join(f"{key}: {_plain(value)}" for key, value in payload.items())


def _plain(value: object) -> str:
    if isinstance(value, (list, tuple)) and len(value) > 3:
        return f"{value[0]} … ({len(value):,})"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _digest(payload: Payload) -> str:
    sha256 = payload.get("sha256")
    return f"SHA-256 {sha256[:_HASH_SHOWN]}…" if sha256 else ""


def _taken(payload: Payload) -> str:
    return " · ".join([str(payload["name"]), f"{payload['bytes']:,} bytes", _digest(payload)])


def _again(payload: Payload) -> str:
    return f"{payload['path']} · {_digest(payload)}"


def _refused(payload: Payload) -> str:
    path, reason = str(payload.get("path") or ""), str(payload["reason"] or payload["outcome"])
    name = _SEPARATORS.split(path)[-1]
    return reason.replace(path, name) if name else reason


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
    left = payload.get("not_closed_by")
    rest = _statement({key: value for key, value in payload.items() if key != "not_closed_by"})
    return " · ".join(filter(None, (f"not closed before by {left}" if left else "", rest)))


def _restated(payload: Payload) -> str:
    blind = payload.get("blind")
    if not isinstance(blind, Mapping):
        return _everything(payload)
    words = "from now on answers are hidden until the own view" if blind["to"] else "answers are no longer hidden"
    rest = _everything({key: value for key, value in payload.items() if key != "blind"})
    return " · ".join(filter(None, (f"blind turned {'on' if blind['to'] else 'off'}: {words}", rest)))


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
    return " · ".join(filter(None, (payload["kind"], payload["at"], parties, payload["item"], about, corrected)))


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
    return f"{_of(payload)} · {when} · {payload['first']} · or: {payload['second']}"


def _conclusion(payload: Payload) -> str:
    if payload.get("hidden"):
        return f"{_of(payload)} · hidden until you write your view"
    side = {True: "agrees", False: "disagrees", None: ""}[payload["agrees"]]
    parts = (_of(payload), payload["role"], side, payload["outcome"], payload["phrase"], payload["opinion"])
    return " · ".join(filter(None, parts))


_ACTS: Mapping[str, tuple[str, Callable[[Payload], str]]] = {
    "case.create": ("Case made", _statement),
    "case.open": ("Case opened", _opened),
    "case.update": ("Case details changed", _restated),
    "case.migrate": ("Case brought to a new version", _everything),
    "case.seal": ("Records sealed as they were found", _everything),
    "intake.begin": ("Intake begun", _queued),
    "intake.extend": ("Files found", _queued),
    "intake.refuse": ("Not taken in", _refused),
    "intake.done": ("Nothing new taken in", lambda payload: str(payload["path"])),
    "intake.finish": ("Intake finished", _outcomes),
    "intake.discard": ("Rest of an intake given up", _left),
    "exhibit.take": ("Exhibit taken in", _taken),
    "exhibit.occurrence": ("Same bytes seen again", _again),
    "evidence.restore": ("Missing evidence put back", _everything),
    "finding.add": ("Findings", _findings),
    "tag": ("Tag changed", _everything),
    "note": ("Note changed", _everything),
    "review": ("Review changed", _everything),
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
}
