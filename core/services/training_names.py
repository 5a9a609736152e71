"""What a class and a source of training images may be called: names that serve in tables, lists and as folders."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from core.errors import BadInput

LONGEST = 80  # characters; a path holds two of them and a digest
UNKNOWN = "unknown"
_SEPARATORS = frozenset("/\\|,")  # they would break lists of "class/source", tables and folder names
_NOT_ON_WINDOWS = frozenset('<>:"?*')
_REFUSED = _SEPARATORS | _NOT_ON_WINDOWS
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{number}" for number in range(10)), *(f"lpt{number}" for number in range(10))}
)


def class_name(text: str) -> str:
    """A class's name as it is kept, without blanks around it.

    Raises:
        BadInput: it cannot be a name of a class, or stands for test images of unknown architectures.
    """
    name = _name(text, "class")
    if name.casefold() == UNKNOWN:
        raise BadInput(
            f"A class cannot be called {name!r}: that name stands for test images of architectures that the detector "
            "is not to learn. Put them into the folder of test images, or choose another name."
        )
    return name


def source_name(text: str) -> str:
    """A source's name as it is kept, without blanks around it; raises `BadInput` when it cannot be one."""
    return _name(text, "source")


def refuse_twins(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise `BadInput` where a class's name is another one's but for capital letters: both could only mean one class.

    Args:
        names: of the classes that are added.
        known: of the classes that the parent names.
    """
    first: dict[str, str] = {}
    for name in (*known, *names):
        if (other := first.setdefault(name.casefold(), name)) != name:
            raise BadInput(
                f"The class {name!r} is called like {other!r}, but for capital letters. Write {other!r} if that class "
                "is meant, or choose another name."
            )


def _name(text: str, what: str) -> str:
    name = unicodedata.normalize("NFC", text.strip())
    if why := _why_not(name):
        raise BadInput(f"{name[:LONGEST]!r} cannot be the name of a {what}: {why}. Choose another name.")
    return name


def _why_not(name: str) -> str:
    if not any(unicodedata.category(letter)[0] not in "CZM" for letter in name):
        return "it has nothing that can be read"
    if odd := sorted({letter for letter in name if letter in _REFUSED or not letter.isprintable()}):
        return f"it contains {' '.join(map(ascii, odd))}"
    if name.startswith(".") or name.endswith("."):
        return "it begins or ends with a dot"
    if name.partition(".")[0].casefold() in _DEVICES:
        return "some systems keep that name for a device"
    return f"it has more than {LONGEST} characters" if len(name) > LONGEST else ""
