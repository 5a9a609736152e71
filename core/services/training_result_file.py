"""A measured result as a file: kept so that it is not measured twice, and never taken for another's."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.whole_file import replace_file

_FORM = 1  # raised when what is measured changes


def write_result(path: Path, asked: Mapping[str, Any], result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keep a result with what it was measured for; returns it in plain values, as `read_result` will.

    Raises:
        DiskFull, NoPermission: it could not be kept.
    """
    told: dict[str, Any] = plain({"asked": {**asked, "form": _FORM}, **result})
    replace_file(path, json.dumps(told, indent=1, allow_nan=False) + "\n", doing="writing the result")
    return told


def read_result(path: Path, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The result of an earlier measurement of the same; None when there is none, or none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    fits = isinstance(found, dict) and found.get("asked") == {**asked, "form": _FORM}
    return found if fits else None


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON knows no better
    """Mappings, lists and numbers as JSON keeps them; what is not finite becomes null."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
