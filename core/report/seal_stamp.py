"""What shows of a seal on the front page: a small box of words, typeset with its fonts inside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import typst

from core.paths import resources
from core.report.literal import visible
from core.reporting import Signatory, SigningChoice

_MM = 72 / 25.4
_WIDTH, _HEIGHT = 112.0, 19.0  # millimetres
LEFT_MM, BOTTOM_MM = 20.0, 24.0
BOX = (
    round(LEFT_MM * _MM),
    round(BOTTOM_MM * _MM),
    round((LEFT_MM + _WIDTH) * _MM),
    round((BOTTOM_MM + _HEIGHT) * _MM),
)  # points from the lower left corner of the first page; the typesetting leaves it free
_LONGEST = 90

_WORDS = {
    "en": {
        "own": "{name}: sealed by the installation, no personal signature",
        "personal": "Signed by {name}",
        "self": "certificate made by its owner",
        "issued": "certificate issued by {issuer}",
        "at": "{at:%Y-%m-%d %H:%M:%S} {zone}, by the clock of this computer",
        "certificate": "SHA-256 of the certificate {digits} …",
    },
    "de": {
        "own": "{name}: von der Installation gesiegelt, keine persönliche Unterschrift",
        "personal": "Unterzeichnet von {name}",
        "self": "Zertifikat vom Inhaber selbst erstellt",
        "issued": "Zertifikat ausgestellt von {issuer}",
        "at": "{at:%d.%m.%Y %H:%M:%S} {zone}, nach der Uhr dieses Computers",
        "certificate": "SHA-256 des Zertifikats {digits} …",
    },
}

_SOURCE = """
#set page(width: {width}pt, height: {height}pt, margin: 0pt)
#set text(font: ("Noto Sans", "DejaVu Sans", "Droid Sans Fallback"), size: 7pt, fallback: true)
#set par(leading: 0.45em, spacing: 0.45em)
#let lines = json(bytes(sys.inputs.lines))
#block(width: 100%, height: 100%, inset: (x: 6pt, y: 4pt), stroke: (left: 1.6pt + rgb("#2f5d8a")), clip: true)[
  #align(horizon)[
    #text(weight: "bold", size: 7.5pt, lines.first())
    #for line in lines.slice(1) [ \\ #text(fill: rgb("#333333"), line) ]
  ]
]
"""


def words_of(who: Signatory, at: datetime, choice: SigningChoice, *, language: str) -> tuple[str, ...]:
    """The lines of the box; names and reasons with everything visible, and cut where they are too long."""
    words = _WORDS.get(language, _WORDS["en"])
    name, issuer = _short(who.name), _short(who.issuer)
    zone = at.strftime("%z")
    vouched = words["self"] if who.self_signed else words["issued"].format(issuer=issuer)
    lines = [words["own" if who.own_seal else "personal"].format(name=name)]
    lines.append(words["at"].format(at=at, zone=f"UTC{zone[:3]}:{zone[3:]}"))
    if said := " · ".join(_short(text) for text in (choice.reason, choice.place) if text.strip()):
        lines.append(said)
    lines.append(f"{vouched} · {words['certificate'].format(digits=who.fingerprint[:16])}")
    return tuple(lines)


def page(lines: Sequence[str]) -> bytes:
    """The box as a PDF of one page, fonts embedded."""
    left, bottom, right, top = BOX
    source = _SOURCE.replace("{width}", str(right - left)).replace("{height}", str(top - bottom))
    made = typst.compile(
        source.encode(),
        format="pdf",
        sys_inputs={"lines": json.dumps(list(lines))},
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[resources() / "fonts"]),
        pdf_standards=["a-3b"],
        pdf_tags=False,
    )
    assert isinstance(made, bytes)
    return made


def _short(text: str) -> str:
    text = " ".join(visible(text).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
