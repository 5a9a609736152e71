"""The facts of an exhibit: what was measured at intake, where it came from, and what the file says of itself."""

from __future__ import annotations

from app.widgets.text_sheet import Block, Bullets, Facts, Heading, Paragraph, TextSheet
from core.domain import Exhibit, ImageFacts

_ORIENTATIONS = {
    2: "mirrored left to right",
    3: "turned by 180°",
    4: "mirrored top to bottom",
    5: "mirrored and turned by 90° to the left",
    6: "turned by 90° to the right",
    7: "mirrored and turned by 90° to the right",
    8: "turned by 90° to the left",
}
_MOST_PAIRS = 300
_CLAIMS = "Written into the file by whoever made it. It can be missing, wrong or forged; the verdict does not use it."
_NO_CLAIMS = "The file holds no EXIF data and no text. That says nothing about where it came from."


class FactList(TextSheet):
    """Shows the facts of one exhibit as text that can be selected and copied."""

    def set_exhibit(self, exhibit: Exhibit | None) -> None:
        """Show an exhibit's facts, or nothing."""
        self.set_blocks(fact_blocks(exhibit) if exhibit is not None else ())


def fact_blocks(exhibit: Exhibit) -> tuple[Block, ...]:
    """The facts as blocks of a sheet."""
    return (
        Heading("File"),
        Facts((("Name", exhibit.name), *_file_rows(exhibit)), fixed=frozenset({"SHA-256", "MD5"})),
        *_remarks(exhibit.facts),
        Heading("Where it came from"),
        Facts(tuple((f"{seen.seen_at:%Y-%m-%d %H:%M} UTC", seen.path) for seen in exhibit.occurrences)),
        Heading("What the file says of itself"),
        *_claims(exhibit.facts),
    )


def _file_rows(exhibit: Exhibit) -> tuple[tuple[str, str], ...]:
    facts = exhibit.facts
    rows = [
        ("Size", f"{exhibit.size_bytes:,} bytes"),
        ("Dimensions", f"{facts.width} × {facts.height} px, {facts.width * facts.height / 1e6:.2f} megapixels"),
        ("Container", facts.container),
        ("Pixels", facts.pixel_format),
        ("JPEG quality", f"about {facts.jpeg_quality} of 100, from its tables" if facts.jpeg_quality else ""),
        ("Frames", f"{facts.frames}; the first one is analysed" if facts.frames > 1 else ""),
        ("Orientation", orientation_words(facts.orientation)),
        ("Taken in", f"{exhibit.taken_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("SHA-256", exhibit.sha256),
        ("MD5", exhibit.md5),
    ]
    return tuple(row for row in rows if row[1])


def orientation_words(orientation: int) -> str:
    """What is done for display; the analysis uses the stored pixels as they are. Empty when nothing is done."""
    turned = _ORIENTATIONS.get(orientation)
    return f"{turned} for display (EXIF {orientation}); analysed as stored" if turned else ""


def _remarks(facts: ImageFacts) -> tuple[Block, ...]:
    return (Heading("Remarks about reading it"), Bullets(facts.remarks)) if facts.remarks else ()


def _claims(facts: ImageFacts) -> tuple[Block, ...]:
    if not facts.metadata:
        return (Paragraph(_NO_CLAIMS, quiet=True),)
    shown, rest = facts.metadata[:_MOST_PAIRS], len(facts.metadata) - _MOST_PAIRS
    more = (Paragraph(f"{rest} more entries are not shown here.", quiet=True),) if rest > 0 else ()
    return (Paragraph(_CLAIMS, quiet=True), Facts(shown), *more)
