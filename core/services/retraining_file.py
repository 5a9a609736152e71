"""The file of a draft of a retraining: the record as JSON and back, refused in a sentence when it is damaged."""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from core import paths
from core.errors import BadInput, NotFound, error_from_os
from core.retraining import PAGES, Draft
from core.whole_file import replace_file

FILE_NAME = "draft.json"
FORMAT = 1
_LARGEST = 64 << 20  # bytes; a draft that leaves out every one of 100 000 images has about 20 MB
_ID = re.compile("[0-9a-z]+(?:-[0-9a-z]+)*")
_LONGEST_ID = 64
_OPTIONAL = frozenset({Union, types.UnionType})
_WAY_OUT = "Put it back from a copy, or discard this draft; the images it was made of are not touched by that."


def drafts_folder() -> Path:
    """Where drafts of retrainings lie, each in a folder that is called by its id."""
    return paths.user_folder() / "retraining"


def draft_folder(draft_id: str) -> Path:
    """The folder of a draft, there or not; raises `NotFound` for what cannot be an id."""
    if not is_id(draft_id):
        raise NotFound(f"There is no retraining {draft_id[:_LONGEST_ID]!r}. Choose one from the list of drafts.")
    return drafts_folder() / draft_id


def is_id(text: str) -> bool:
    """Whether a text can be the id of a draft: letters in lower case, digits and single hyphens."""
    return len(text) <= _LONGEST_ID and bool(_ID.fullmatch(text))


def write(draft: Draft, folder: Path) -> None:
    """Keep a draft in place of what was kept before.

    Raises:
        DiskFull, NoPermission, CoreError: as the sentence says, with the file as it was.
    """
    values = {"format": FORMAT, "draft": _plain(draft, folder.absolute())}
    text = json.dumps(values, indent=1, ensure_ascii=True, allow_nan=False)  # ASCII: a path may be no text
    replace_file(folder / FILE_NAME, text + "\n", doing="keeping the draft of the retraining")


def read(folder: Path) -> Draft:
    """The draft that is kept in a folder.

    Raises:
        NotFound: there is none.
        BadInput: the file is damaged, or a newer version of the program wrote it; the sentence says what is wrong.
        NoPermission, CoreError: it cannot be read.
    """
    path = folder / FILE_NAME
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise BadInput(f"The draft {path} is no file. {_WAY_OUT}")
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise error_from_os(error, path, doing="reading the draft of the retraining") from error
    try:
        return _draft(content, folder.absolute())
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadInput(f"The draft {path} is damaged: {why}. {_WAY_OUT}") from error


def _draft(content: bytes, folder: Path) -> Draft:
    if len(content) > _LARGEST:
        raise ValueError(f"it has more than {_LARGEST >> 20} MB")
    try:
        values = json.loads(content)
    except ValueError as error:
        raise ValueError("it is no JSON") from error
    number = _of(int, _of(dict, values, "the file").get("format"), "its format")
    if number != FORMAT:
        raise BadInput(
            f"The draft {folder / FILE_NAME} is in format {str(number)[:20]}, which this version of the "
            "program does not know. Open it with the version that wrote it."
        )
    draft = _value(Draft, values.get("draft"), "draft", folder)
    if draft.id != folder.name:
        raise ValueError(f"it is the draft {draft.id[:_LONGEST_ID]!r}, in a folder of another name")
    if draft.page not in PAGES:
        raise ValueError(f"there is no page {draft.page[:_LONGEST_ID]!r}")
    return draft  # type: ignore[no-any-return]


def _plain(value: Any, folder: Path) -> Any:  # noqa: ANN401 - one return per kind of value
    """A value as JSON holds it; paths inside the draft's own folder are kept relative to it."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name), folder) for field in fields(value)}
    if isinstance(value, Path):
        place = value.absolute()
        return place.relative_to(folder).as_posix() if place.is_relative_to(folder) else str(place)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(part, folder) for key, part in value.items()}
    return [_plain(part, folder) for part in value] if isinstance(value, tuple) else value


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, value: Any, where: str, folder: Path) -> Any:  # noqa: ANN401 - the kind decides
    """A value of a type, from JSON; raises `ValueError` that says where it does not fit."""
    if get_origin(kind) in _OPTIONAL:
        some = next(part for part in get_args(kind) if part is not type(None))
        return None if value is None else _value(some, value, where, folder)
    if is_dataclass(kind):
        return _record(kind, value, where, folder)
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], one, f"{where}[]", folder) for one in _of(list, value, where))
    if get_origin(kind) is Mapping:
        inner = get_args(kind)[1]
        return {key: _value(inner, one, f"{where}{{}}", folder) for key, one in _of(dict, value, where).items()}
    return _simple(kind, value, where, folder)


def _record(kind: Any, value: Any, where: str, folder: Path) -> Any:  # noqa: ANN401
    given, hints = _of(dict, value, where), _hints(kind)
    if odd := sorted(set(given) - set(hints)):
        raise ValueError(f"{where} has no field {odd[0][:_LONGEST_ID]!r}")
    made = {name: _value(hints[name], one, f"{where}.{name}", folder) for name, one in given.items()}
    try:
        return kind(**made)
    except TypeError as error:  # a field without a default is not there
        missing = next(name for name in hints if name not in made)
        raise ValueError(f"{where}.{missing} is missing") from error


def _simple(kind: Any, value: Any, where: str, folder: Path) -> Any:  # noqa: ANN401
    if kind in (str, bool, int):
        return _of(kind, value, where)
    if kind is float:
        number = float(value) if type(value) in (int, float) else math.nan
        if not math.isfinite(number):
            raise ValueError(f"{where} is no number")
        return number
    text = _of(str, value, where)
    if kind is Path:
        if not text or "\0" in text:
            raise ValueError(f"{where} is no path")
        return folder / text
    try:
        found = kind(text) if issubclass(kind, StrEnum) else datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{where} cannot be {text[:40]!r}") from error
    if isinstance(found, datetime) and found.tzinfo is None:
        raise ValueError(f"{where} has no time zone")
    return found


def _of(kind: type, value: Any, where: str) -> Any:  # noqa: ANN401
    if type(value) is not kind:
        names = {str: "text", bool: "true or false", int: "a whole number", list: "a list", dict: "an object"}
        raise ValueError(f"{where} is not {names[kind]}")
    return value
