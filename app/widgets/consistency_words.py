"""The consistency grid in words: the agreement, one tile, and the verdict when tiles are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.widgets.text_sheet import Block, Bullets, Facts, Grid, Heading, Paragraph
from app.wording import class_title, counted, score_text, verdict_text
from core.domain import Verdict
from core.examine import Consistency, MaskedVerdict, TileReading

Titles = Mapping[str, str]
NOTHING = "Not examined yet. Examining reads each tile by itself, and the image without some of its tiles."
BUTTON = "Read each tile by itself, and the image without some of its tiles"
NO_TILE = "Choose a tile above to see what the detector reads off it."
DISTANCE_MEANING = (
    "A distance says how far the tile lies from the nearest reference image of a class in the detector: 0 is the same "
    "direction, 1 has nothing in common. A near class is not proof that the tile was made this way."
)
MASKED_MEANING = (
    "A verdict that hangs on a few tiles may come from something that stands only there: writing, a frame, something "
    "pasted in."
)
_FEW = 20
_NONE_SO_LITTLE = "none agreed this little"
_MOST_NAMED = 5


def agreement(consistency: Consistency) -> str:
    """How many tiles agree, and how often an image that was rightly given this name agrees no better."""
    first = f"{consistency.agreeing} of {len(consistency.tiles)} tiles agree."
    if consistency.percentile is None:
        return f"{first} The detector's card does not say how often images that are rightly given this name agree so."
    images = counted(consistency.validated_on, "validation image", "validation images")
    was = "was" if consistency.validated_on == 1 else "were"
    no_better = round(consistency.percentile * consistency.validated_on)
    reached = f"{no_better:,} ({100 * consistency.percentile:.0f} %) agreed no better" if no_better else _NONE_SO_LITTLE
    few = " These are few images, so the share is rough." if consistency.validated_on < _FEW else ""
    return f"{first} Of {images} that {was} rightly given this name, {reached}.{few}"


def said(one: MaskedVerdict, titles: Titles) -> str:
    """A verdict with its class and score."""
    if one.architecture is None:
        return verdict_text(one.verdict)
    title, score = class_title(one.architecture, titles), score_text(one.score)
    if one.verdict is Verdict.ATTRIBUTED:
        return f"attributed to {title}, score {score}"
    return f"{verdict_text(one.verdict).lower()} ({title} on top, score {score})"


def tile_caption(index: int, tile: TileReading, architecture: str, titles: Titles) -> str:
    """One tile in a line, for a tooltip or a screen reader."""
    name, score = tile.scores[0] if tile.scores else ("", 0.0)
    same = "names the same as the whole image" if name == architecture else "names something else"
    return f"Tile {index + 1}: {class_title(name, titles)}, score {score_text(score)}; {same}."


def tile_blocks(index: int, consistency: Consistency, titles: Titles) -> tuple[Block, ...]:
    """Everything about one tile."""
    tile = consistency.tiles[index]
    left, top, width, height = tile.box
    rows = tuple((class_title(name, titles), score_text(score)) for name, score in tile.scores)
    return (
        Heading(f"Tile {index + 1}"),
        Paragraph(tile_caption(index, tile, consistency.architecture, titles).partition(": ")[2]),
        Facts(
            (
                ("Margin", f"{tile.margin:.2f}: top score less the second"),
                ("Pixels", f"{width} × {height} stored pixels at x {left}, y {top}"),
            )
        ),
        Grid(("Class", "Score"), rows),
        Paragraph(nearest(tile, titles)),
        *((Paragraph(DISTANCE_MEANING, quiet=True),) if tile.distances else ()),
    )


def nearest(tile: TileReading, titles: Titles) -> str:
    """The classes whose reference images lie nearest, in a sentence."""
    if not tile.distances:
        return "The detector carries no reference images, so nothing is said about what the tile lies near to."
    named = [f"{class_title(name, titles)} ({distance:.2f})" for name, distance in tile.distances[:3]]
    more = f", then {' and '.join(named[1:])}" if len(named) > 1 else ""
    return f"Nearest reference images: {named[0]}{more}."


def masked_blocks(consistency: Consistency, titles: Titles) -> tuple[Block, ...]:
    """What the verdict becomes when tiles are left out: plain conclusions, then a table of what makes them."""
    whole = next((one for one in consistency.masked if not one.left_out), None)
    if whole is None:
        return ()
    alone = [one for one in consistency.masked if len(one.left_out) == 1][: len(consistency.tiles)]
    run = consistency.masked[1 + len(alone) :]
    rows = [("Nothing", whole), *((_tiles(one.left_out), one) for one in alone if _changed(one, whole))]
    rows += [(f"{_tiles(one.left_out)} (strongest)", one) for one in run]
    return (
        Heading("Without some tiles"),
        Bullets((_alone(alone, whole, titles), _run(run, whole, titles))),
        Paragraph(MASKED_MEANING, quiet=True),
        Facts(tuple((left_out, said(one, titles)) for left_out, one in rows)),
    )


def _alone(alone: Sequence[MaskedVerdict], whole: MaskedVerdict, titles: Titles) -> str:
    deciding = [one for one in alone if _changed(one, whole)]
    if not deciding:
        return f"No single tile decides: whichever is left out, the image stays {said_short(whole, titles)}."
    tiles = _numbers([one.left_out[0] for one in deciding])
    if len(deciding) == 1:
        return f"Tile {tiles} decides: without it the image is {said_short(deciding[0], titles)}."
    return f"Each of {len(deciding)} tiles decides by itself ({tiles}): without it the verdict is another one."


def _run(run: Sequence[MaskedVerdict], whole: MaskedVerdict, titles: Titles) -> str:
    if not run:
        return "The strongest tiles were not left out together."
    last, count = run[-1], len(run[-1].left_out)
    tiles = "its strongest tile" if count == 1 else f"its {count} strongest tiles"
    if _changed(last, whole):
        return f"Without {tiles}, the image is {said_short(last, titles)}."
    return f"Even without {tiles}, the image stays {said_short(whole, titles)}."


def said_short(one: MaskedVerdict, titles: Titles) -> str:
    """A verdict with its class, without the score."""
    if one.architecture is not None and one.verdict is Verdict.ATTRIBUTED:
        return f"attributed to {class_title(one.architecture, titles)}"
    of = "of an " if one.verdict is Verdict.UNKNOWN else ""
    return f"{of}{verdict_text(one.verdict).lower()}"


def _changed(one: MaskedVerdict, whole: MaskedVerdict) -> bool:
    return (one.verdict, one.architecture) != (whole.verdict, whole.architecture)


def _tiles(tiles: Sequence[int]) -> str:
    return f"{'Tile' if len(tiles) == 1 else 'Tiles'} {_numbers(tiles)}"


def _numbers(tiles: Sequence[int]) -> str:
    shown = ", ".join(str(tile + 1) for tile in tiles[:_MOST_NAMED])
    rest = len(tiles) - _MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown
