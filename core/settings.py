"""The settings as a table of rows, and the file they live in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.whole_file import replace_file


@dataclass(frozen=True, slots=True)
class Setting:
    """One choice the analyst can make; dialogs and checks are made from these rows.

    Attributes:
        key: dotted name in the settings file.
        group: heading it stands under.
        label: caption for the analyst.
        default: value when nothing was chosen; its type is the setting's type.
        help: one sentence for a newcomer.
        choices: allowed values, empty for any.
        low, high: allowed range of a number.
        lines: how many lines a text is usually long.
        files: for the path of a file, which files are offered ("Pictures (*.png *.jpg)").
    """

    key: str
    group: str
    label: str
    default: Any
    help: str
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    lines: int = 1
    files: str = ""


SETTINGS: tuple[Setting, ...] = (
    Setting("examiner", "About you", "Your name", "", "Written into every log entry and suggested for new cases."),
    Setting("laboratory", "Laboratory", "Name", "", "Suggested for new cases, and printed on reports."),
    Setting("laboratory.address", "Laboratory", "Address", "", "Printed on the front page of reports.", lines=3),
    Setting("laboratory.contact", "Laboratory", "Contact", "", "Telephone or e-mail for questions about a report."),
    Setting(
        "laboratory.accreditation",
        "Laboratory",
        "Accreditation",
        "",
        "Number and scope, only if the laboratory holds one. Empty: nothing is printed.",
    ),
    Setting(
        "laboratory.method",
        "Laboratory",
        "Procedure",
        "",
        "Number of the laboratory's own procedure for this kind of work.",
    ),
    Setting(
        "laboratory.logo",
        "Laboratory",
        "Logo (PNG or JPEG file)",
        "",
        "Printed on the front page of reports.",
        files="Pictures (*.png *.jpg *.jpeg)",
    ),
    Setting("laboratory.header", "Laboratory", "Line at the top", "", "Printed on top of every page of a report."),
    Setting("laboratory.footer", "Laboratory", "Line at the bottom", "", "Printed at the bottom of every page."),
    Setting(
        "laboratory.marking",
        "Laboratory",
        "Marking",
        "",
        "Classification on every page, for instance CONFIDENTIAL. Empty: none.",
    ),
    Setting(
        "laboratory.language",
        "Laboratory",
        "Language of reports",
        "en",
        "Language in which new reports are written.",
        choices=("en", "de"),
    ),
    Setting(
        "intake.pixel_limit_mp",
        "Intake",
        "Largest image (megapixels)",
        200,
        "Larger images are recorded with their hash but not decoded.",
        low=1,
        high=2000,
    ),
    Setting(
        "intake.time_limit_s",
        "Intake",
        "Time per file (seconds)",
        60,
        "A file that takes longer is given up; the intake goes on.",
        low=1,
        high=3600,
    ),
    Setting(
        "intake.memory_limit_mb",
        "Intake",
        "Memory per reader (MB)",
        4096,
        "Each file is read in a separate process that may use this much.",
        low=512,
        high=65536,
    ),
    Setting(
        "intake.workers",
        "Intake",
        "Reader processes (0 = automatic)",
        0,
        "How many files are read at the same time.",
        low=0,
        high=64,
    ),
    Setting(
        "analysis.automatic",
        "Analysis",
        "Analyse after intake",
        True,
        "Start naming architectures as soon as images were taken in.",
    ),
    Setting(
        "analysis.device",
        "Analysis",
        "Compute on",
        "auto",
        "Automatic takes a CUDA GPU when there is one.",
        choices=("auto", "cpu", "cuda"),
    ),
    Setting("analysis.detector", "Analysis", "Detector", "", "Empty: the detector that ships with the program."),
    Setting(
        "integrity.on_opening",
        "Evidence",
        "Verify evidence after opening a case",
        True,
        "Hashes every exhibit again in the background, to see that its bytes are still what was taken in.",
    ),
    Setting(
        "provenance.trust_anchors",
        "Content Credentials",
        "Own trust anchors (PEM file)",
        "",
        "Root certificates of signers you trust. Empty: only the list that ships with the program, which is empty too.",
    ),
    Setting(
        "view.theme",
        "View",
        "Colours",
        "system",
        "Follow the system, or always light or dark.",
        choices=("system", "light", "dark"),
    ),
    Setting("view.thumbnail_px", "View", "Thumbnail size (pixels)", 160, "Size of a tile in Triage.", low=96, high=256),
    Setting(
        "triage.tags",
        "Triage",
        "Names of the tags 0–9",
        (
            "To do",
            "Relevant",
            "Irrelevant",
            "Discuss",
            "Illustration",
            "Screenshot",
            "Cropped",
            "Low quality",
            "Copy",
            "Other",
        ),
        "The digit keys give these tags.",
    ),
)
_BY_KEY = {setting.key: setting for setting in SETTINGS}


class Settings:
    """The analyst's choices, read from a JSON file and written back whole.

    Args:
        path: the settings file; a missing one gives the defaults, a damaged one is set aside as ``.damaged.json``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = dict(_read(path))

    def get(self, key: str) -> Any:  # noqa: ANN401 - the row decides the type
        """The chosen value of a setting, or its default."""
        setting = _BY_KEY[key]
        value = self._values.get(key, setting.default)
        return _checked(setting, value, fallback=True)

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401
        """Choose a value; raises `BadInput` when the row does not allow it."""
        self._change(key, _checked(_BY_KEY[key], value, fallback=False))

    def remember(self, key: str, value: Any) -> None:  # noqa: ANN401
        """Keep a small piece of state that is no setting (recent cases, say) under ``state.<key>``."""
        self._change(f"state.{key}", value)

    def recall(self, key: str, default: Any = None) -> Any:  # noqa: ANN401
        """What `remember` kept under this key."""
        return self._values.get(f"state.{key}", default)

    def _change(self, key: str, value: Any) -> None:  # noqa: ANN401
        changed = {**self._values, key: value}
        self._write(changed)
        self._values = changed

    def _write(self, values: Mapping[str, Any]) -> None:
        text = json.dumps(values, indent=1, ensure_ascii=False)
        replace_file(self._path, text, doing="saving the settings")


def _read(path: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except ValueError:
        values = None
    if isinstance(values, dict):
        return values
    with suppress(OSError):  # the next write would replace what may still be mended by hand
        path.replace(path.with_suffix(".damaged.json"))
    return {}


def _checked(setting: Setting, value: Any, *, fallback: bool) -> Any:  # noqa: ANN401
    problem = _problem(setting, value)
    if problem and not fallback:
        raise BadInput(f"{setting.label}: {problem}")
    if problem:
        return setting.default
    return tuple(value) if isinstance(setting.default, tuple) else value


def _problem(setting: Setting, value: Any) -> str:  # noqa: ANN401
    if isinstance(setting.default, tuple):
        fits = isinstance(value, (list, tuple)) and len(value) == len(setting.default)
        return "" if fits and all(isinstance(name, str) for name in value) else "needs ten names."
    if type(value) is not type(setting.default):
        return f"{value!r} is not of the right kind."
    if setting.choices and value not in setting.choices:
        return f"{value!r} is none of {', '.join(map(str, setting.choices))}."
    if setting.low is not None and value < setting.low:
        return f"the smallest value is {setting.low:g}."
    if setting.high is not None and value > setting.high:
        return f"the largest value is {setting.high:g}."
    return ""
