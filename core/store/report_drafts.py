"""What is chosen and written for the next report; one draft a case, kept as plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from core.errors import BadInput
from core.reporting import FORMATS, SECTIONS, LaboratoryTemplate, ReportDraft, ReportForm
from core.store import audit
from core.store.columns import Malformed
from core.store.schema import ReportDraftRow
from core.store.session import CaseSession, Transaction

LONGEST = 20_000  # characters of one field
_LISTS = {"left_out": SECTIONS, "formats": FORMATS}
_DATES = frozenset({"requested_on", "received_on", "worked_from", "worked_to"})
_FIELDS = tuple(field.name for field in fields(ReportDraft))
_LABORATORY = tuple(field.name for field in fields(LaboratoryTemplate))


def read(session: CaseSession) -> ReportDraft | None:
    """The draft that was kept last, or None."""
    row = session.scalar(select(ReportDraftRow).execution_options(populate_existing=True))
    if row is None:
        return None
    try:
        return record(row.draft)
    except BadInput as error:
        raise Malformed(str(error)) from error


def save(transaction: Transaction, draft: ReportDraft) -> None:
    """Keep the draft in place of the one before; the log tells what changed."""
    values, before = plain(draft), read(transaction)
    known = plain(before) if before else {}
    if values == known:
        return
    row = transaction.get(ReportDraftRow, 1)
    if row is None:
        row = ReportDraftRow(id=1)
        transaction.add(row)
    row.draft, row.made_by, row.made_at = values, transaction.actor, datetime.now(UTC)
    transaction.flush()
    changed = {name: value for name, value in values.items() if known.get(name, ...) != value}
    audit.append(transaction, audit.Act.REPORT_DRAFT, {"changed": changed})


def plain(draft: ReportDraft) -> dict[str, Any]:
    """A draft as plain data."""
    return {name: _plain(getattr(draft, name)) for name in _FIELDS}


def record(values: object) -> ReportDraft:
    """The draft of plain data, which may leave fields out.

    Raises:
        BadInput: a field that there is not, or a value that does not fit; the sentence names it.
    """
    if not isinstance(values, Mapping):
        raise BadInput("The draft of a report is an object with named fields.")
    if odd := sorted(str(name) for name in values.keys() - set(_FIELDS)):
        raise BadInput(f"The draft of a report has no field {', '.join(odd)[:200]}.")
    return ReportDraft(**{name: _value(name, value) for name, value in values.items()})


def require_stated(values: Mapping[str, Any], known: Collection[int]) -> None:
    """Refuse what nobody means who states the fields of a draft in a file.

    Args:
        values: the fields that are stated.
        known: numbers of the exhibits of the case.

    Raises:
        BadInput: no format, an exhibit twice or one that the case has not, or a text that no file can hold.
    """
    for name, value in values.items():
        _require_whole(name, value)
    if "formats" in values and not values["formats"]:
        raise BadInput(f"formats of a draft names no format. Choose some of {', '.join(FORMATS)}, or leave it out.")
    chosen = values.get("exhibit_ids")
    numbers = [one for one in chosen if type(one) is int] if isinstance(chosen, list | tuple) else []
    if len(set(numbers)) < len(numbers):
        double = next(one for one in numbers if numbers.count(one) > 1)
        raise BadInput(f"exhibit_ids of a draft names the exhibit {_number(double)} more than once. Name each once.")
    if strange := [one for one in numbers if one not in known]:
        raise BadInput(f"exhibit_ids of a draft names the exhibit {_number(strange[0])}, which the case has not.")


def _require_whole(name: str, value: object) -> None:
    if isinstance(value, Mapping):
        for part, text in value.items():
            _require_whole(f"{name}.{part}", text)
    elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadInput(f"{name} has half a character in it (a lone surrogate), which no file can hold. Write it anew.")


def _number(number: int) -> str:
    return str(number) if abs(number) < 10**18 else "with a very large number"


def _plain(value: Any) -> Any:  # noqa: ANN401 - one return per kind of value
    if isinstance(value, LaboratoryTemplate):
        return {name: getattr(value, name) for name in _LABORATORY}
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - the field decides
    if name == "laboratory":
        return _laboratory(value)
    if name == "exhibit_ids":
        return _numbers(value)
    if name in _LISTS:
        return _chosen(name, value)
    if name in _DATES:
        return _date(name, value)
    if name == "form":
        return _form(value)
    return _text(name, value)


def _laboratory(value: object) -> LaboratoryTemplate:
    if not isinstance(value, Mapping) or value.keys() - set(_LABORATORY):
        raise BadInput(f"The laboratory of a report has the fields {', '.join(_LABORATORY)} and no others.")
    made = LaboratoryTemplate(**{name: _text(f"laboratory.{name}", text) for name, text in value.items()})
    if made.language not in ("en", "de"):
        raise BadInput(f"A report is written in en or de, not in {made.language[:20]!r}.")
    return made


def _numbers(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not all(type(number) is int for number in value):
        raise BadInput("exhibit_ids of a draft are numbers of exhibits.")
    return tuple(dict.fromkeys(value))


def _chosen(name: str, value: object) -> tuple[str, ...]:
    allowed = _LISTS[name]
    if not isinstance(value, list | tuple) or not all(each in allowed for each in value):
        raise BadInput(f"{name} of a draft are some of {', '.join(allowed)}.")
    return tuple(dict.fromkeys(value))


def _date(name: str, value: object) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadInput(f"{name} of a draft is a date as 2026-11-21, not {str(value)[:40]!r}.") from error


def _form(value: object) -> ReportForm:
    try:
        return ReportForm(str(value))
    except ValueError as error:
        raise BadInput(f"The form of a report is one of {', '.join(ReportForm)}, not {str(value)[:40]!r}.") from error


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{name} of a draft is a text.")
    if len(value) > LONGEST:
        raise BadInput(f"{name} has {len(value):,} characters, and a report takes at most {LONGEST:,}. Shorten it.")
    return value
