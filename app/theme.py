"""Light and dark colours of our own, and the icons tinted with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from core.domain import Verdict
from core.paths import resources


@dataclass(frozen=True, slots=True)
class Colours:
    """One set of colours as ``#rrggbb``; every text reaches a contrast of 4.5:1 on what it stands on.

    Attributes:
        window, base, raised: backgrounds of the window, of lists and fields, and of cards and tiles.
        text, muted: writing on any of the three.
        border: lines between things; `outline`: edges of fields, boxes and buttons, 3:1 on what they stand on;
            `focus`: the ring around what has the keyboard.
        accent, on_accent: what is chosen, and writing on it; `chosen` is the wash behind a selected tile.
        verdicts: (writing, background) of a verdict badge; None is "not analysed".
        notices: (writing, background) of a message bar by kind.
    """

    window: str
    base: str
    raised: str
    text: str
    muted: str
    border: str
    outline: str
    focus: str
    accent: str
    on_accent: str
    chosen: str
    verdicts: dict[Verdict | None, tuple[str, str]]
    notices: dict[str, tuple[str, str]]


LIGHT = Colours(
    window="#eef0f4",
    base="#ffffff",
    raised="#ffffff",
    text="#191d24",
    muted="#555e6b",
    border="#c9ced8",
    outline="#7f8794",
    focus="#0b57b8",
    accent="#0b57b8",
    on_accent="#ffffff",
    chosen="#dbe8fb",
    verdicts={
        Verdict.ATTRIBUTED: ("#0b4a9e", "#dde9fc"),
        Verdict.UNKNOWN: ("#82207f", "#fae3f8"),
        Verdict.INCONCLUSIVE: ("#754600", "#fdecc8"),
        Verdict.OUT_OF_SCOPE: ("#4a525e", "#e4e7ec"),
        None: ("#555e6b", "#f1f3f6"),
    },
    notices={
        "note": ("#0b3f85", "#dde9fc"),
        "offer": ("#0b3f85", "#dde9fc"),
        "done": ("#135329", "#d8f2e0"),
        "problem": ("#8c1d18", "#fde4e2"),
    },
)
DARK = Colours(
    window="#1a1d22",
    base="#121418",
    raised="#23272e",
    text="#e7eaef",
    muted="#a3acb9",
    border="#3a414c",
    outline="#78828f",
    focus="#8ab8ff",
    accent="#8ab8ff",
    on_accent="#0c1a2e",
    chosen="#26384f",
    verdicts={
        Verdict.ATTRIBUTED: ("#a8ccff", "#1d3454"),
        Verdict.UNKNOWN: ("#f2b4ee", "#48214a"),
        Verdict.INCONCLUSIVE: ("#f7cd80", "#453310"),
        Verdict.OUT_OF_SCOPE: ("#c6cdd8", "#3a404a"),
        None: ("#b3bbc7", "#2c313a"),
    },
    notices={
        "note": ("#bcd7ff", "#1d3454"),
        "offer": ("#bcd7ff", "#1d3454"),
        "done": ("#a9e5be", "#17402a"),
        "problem": ("#ffb9b3", "#55211e"),
    },
)
_SCHEMES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark, "system": Qt.ColorScheme.Unknown}
_EDGED = (
    *("QCheckBox", "QRadioButton", "QLineEdit", "QPlainTextEdit", "QComboBox", "QAbstractSpinBox"),
    *("QPushButton", "QToolButton", "QSlider", "QProgressBar"),
)
_ICON_SIDES = (16, 20, 24, 32, 48, 64)


def colours(palette: QPalette) -> Colours:
    """The set a palette was made from; widgets ask with their own palette when they paint."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def apply_theme(application: QApplication, choice: str) -> None:
    """Paint the program light, dark or as the system has it, and follow when the system changes.

    Args:
        application: the one application.
        choice: "light", "dark" or "system".
    """
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(_SCHEMES[choice])
    if application.property("follows-system") is None:
        application.setStyle("Fusion")
        application.setProperty("follows-system", True)
        hints.colorSchemeChanged.connect(lambda scheme: _paint(application, scheme))
    wanted = hints.colorScheme() if choice == "system" else _SCHEMES[choice]
    _paint(application, wanted)


def build_palette(chosen: Colours) -> QPalette:
    """A Qt palette from a set of colours."""
    palette = QPalette(QColor(chosen.raised), QColor(chosen.window))
    role, disabled = QPalette.ColorRole, QPalette.ColorGroup.Disabled
    plain = {
        role.Window: chosen.window,
        role.WindowText: chosen.text,
        role.Base: chosen.base,
        role.AlternateBase: chosen.window,
        role.Text: chosen.text,
        role.Button: chosen.raised,
        role.ButtonText: chosen.text,
        role.ToolTipBase: chosen.raised,
        role.ToolTipText: chosen.text,
        role.PlaceholderText: chosen.muted,
        role.Highlight: chosen.accent,
        role.HighlightedText: chosen.on_accent,
        role.Accent: chosen.accent,
        role.Link: chosen.accent,
        role.LinkVisited: chosen.accent,
        role.Mid: chosen.border,
        role.Light: chosen.raised,
        role.Midlight: chosen.window,
        role.Dark: chosen.border,
        role.Shadow: "#000000",
        role.BrightText: chosen.on_accent,
    }
    for name, colour in plain.items():
        palette.setColor(name, QColor(colour))
    faint = QColor(chosen.muted)
    faint.setAlpha(150)
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, name, faint)
    palette.setColor(disabled, role.Highlight, QColor(chosen.border))
    palette.setColor(disabled, role.HighlightedText, QColor(chosen.muted))
    return palette


def icon(name: str, palette: QPalette) -> QIcon:
    """An icon of ours in the colours of a palette; an empty name gives an empty icon."""
    if not name:
        return QIcon()
    chosen = colours(palette)
    return _icon(name, chosen.text, palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text).name())


def icon_pixmap(name: str, colour: str, side: int, ratio: float = 1.0) -> QPixmap:
    """An icon of ours as a picture.

    Args:
        name: file in ``resources/icons`` without its suffix.
        colour: tint as ``#rrggbb``.
        side: edge in device-independent pixels.
        ratio: device pixels per device-independent pixel.
    """
    return _pixmap(name, colour, side, round(ratio * 4) / 4)


@lru_cache(maxsize=256)
def _icon(name: str, colour: str, faint: str) -> QIcon:
    drawn = QIcon()
    for side in _ICON_SIDES:
        drawn.addPixmap(_pixmap(name, colour, side, 1.0), QIcon.Mode.Normal)
        drawn.addPixmap(_pixmap(name, faint, side, 1.0), QIcon.Mode.Disabled)
    return drawn


@lru_cache(maxsize=1024)
def _pixmap(name: str, colour: str, side: int, ratio: float) -> QPixmap:
    source = _svg(name).replace("currentColor", colour)
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


@lru_cache(maxsize=128)
def _svg(name: str) -> str:
    return (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _paint(application: QApplication, scheme: Qt.ColorScheme) -> None:
    chosen = DARK if scheme == Qt.ColorScheme.Dark else LIGHT
    palette = build_palette(chosen)
    application.setPalette(palette)
    # Fusion draws the edge of a control 1.4 times darker than the window, which nobody sees in the dark.
    edge = QColor(chosen.outline)
    window = QColor.fromHsv(edge.hsvHue(), edge.hsvSaturation(), min(255, round(edge.value() * 1.4)))
    palette.setColor(QPalette.ColorRole.Window, window)
    for control in _EDGED:
        application.setPalette(palette, cast("bytes", control))  # declared as bytes, but only text is taken
