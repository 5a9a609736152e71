import pytest

from app import theme
from app.widgets.card_words import card_blocks
from app.widgets.text_sheet import TextSheet
from tests.app.examine_fakes import a_summary

CARD = {
    "schema": 1,
    "title": "Field detector",
    "summary": "Names ways of making an image.",
    "classes": [
        {"name": "sd1", "title": "Stable Diffusion 1", "description": "f8 autoencoder"},
        {"name": "real", "title": "Real photograph", "description": "no generator"},
    ],
    "preprocess": {"kind": "native", "channels": "residual", "window_px": 128, "magnify": 4},
    "threshold": {"value": 0.8, "rule": "at most 1 % false accusations", "set": "held-out", "n": 212},
    "limits": ["It fails on screenshots."],
    "trained": {
        "date": "2026-11-20",
        "recipe": "field.toml",
        "images": 1301,
        "patches": 2600000,
        "sources": ["celeba", "sd14"],
        "seconds": 5400,
        "device": "NVIDIA H200",
        "versions": {"torch": "2.15.0"},
        "data_digest": "c0ffee",
    },
    "measured": [
        {
            "set": "cross",
            "date": "2026-11-20",
            "command": "main.py detectors evaluate",
            "n": 337,
            "accuracy": 0.421,
            "accuracy_ci": [0.37, 0.47],
            "false_accusation": {"n": 60, "count": 3, "rate": 0.05, "ci": [0.017, 0.137]},
            "conclusive": {"n": 110, "correct": 88, "accuracy": 0.8, "ci": [0.716, 0.864]},
            "verdicts": {"attributed": 110, "inconclusive": 220},
            "per_class": {"sd1": {"n": 40, "recall": 0.5, "ci": [0.35, 0.65]}},
            "per_source": {"sd1/forum": {"n": 40, "correct": 20}, "real/phone": {"n": 0, "correct": 0}, "x": 3},
            "confusion": {"labels": ["sd1", "real"], "matrix": [[30, 10], [3, 57]]},
        }
    ],
    "licence": "Apache-2.0",
    "lineage": ["ab" * 32],
}


def _shown(qtbot, summary, *, in_use=False):
    sheet = TextSheet()
    qtbot.addWidget(sheet)
    sheet.set_blocks(card_blocks(summary, in_use=in_use))
    return sheet.toPlainText()


def test_everything_a_newcomer_needs_is_there_false_accusations_first(qtbot):
    shown = _shown(qtbot, a_summary(CARD), in_use=True)
    for words in (
        "Field detector, version 1",
        "In use: new findings are made with this detector.",
        "Test set “cross”, 337 images, 2026-11-20",
        "False accusations: 3 of 60 real photographs were called generated (5.0 %, 95 % interval 1.7 to 13.7 %).",
        "When it names an architecture, it is right for 88 of 110 images (80.0 %, 95 % interval 71.6 to 86.4 %).",
        "42.1 % right, 95 % interval 37.0 to 47.0 %.",
        "Verdicts: attributed 110, inconclusive 220.",
        "Stable Diffusion 1 taken for Real photograph: 10 of 40",
        "The highest score must reach 0.80; under that the verdict is inconclusive.",
        "Rule: at most 1 % false accusations. Set on “held-out” (212 images).",
        "It fails on screenshots.",
        "2,600,000",
        "1.5 hours",
        "Sixteen windows of 128 × 128 untouched pixels, spread evenly over the image, each enlarged 4 times.",
        "high-pass residual",
        "Apache-2.0",
        "ab12cd34" * 8,
    ):
        assert words in shown
    order = [
        shown.index(words) for words in ("False accusations", "When it names an architecture", "Counting its best")
    ]
    assert order == sorted(order)


def test_a_long_card_is_laid_out_once_and_not_after_every_cell(qtbot):
    sheet = TextSheet()
    qtbot.addWidget(sheet)
    sheet.resize(800, 600)
    sheet.show()
    sizes = []
    sheet.document().documentLayout().documentSizeChanged.connect(sizes.append)
    sheet.set_blocks(card_blocks(a_summary(CARD), in_use=True) * 3)
    assert 0 < len(sizes) < 6


def _ink(sheet):
    return sheet.document().begin().begin().fragment().charFormat().foreground().color().name()


def test_colours_follow_light_and_dark_also_where_nobody_looked(qtbot):
    sheet = TextSheet()
    qtbot.addWidget(sheet)
    sheet.set_blocks(card_blocks(a_summary(CARD), in_use=True))
    sheet.show()
    sheet.setPalette(theme.build_palette(theme.DARK))
    assert _ink(sheet) == theme.DARK.text
    sheet.hide()
    sheet.setPalette(theme.build_palette(theme.LIGHT))
    sheet.show()
    assert _ink(sheet) == theme.LIGHT.text


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"measured": [{}]},
        {"measured": "many", "classes": 7, "trained": [], "limits": {}, "threshold": 0.9, "preprocess": None},
        {"measured": [{"false_accusation": {"n": 0, "count": 0}, "conclusive": {"n": "x"}, "per_class": {"a": 3}}]},
        {"measured": [{"confusion": {"labels": ["a"], "matrix": [[1, 2], 3]}, "accuracy": float("nan")}]},
        {"classes": [{"title": "no name"}, 3], "lineage": 5, "trained": {"sources": 3, "seconds": "x"}},
    ],
)
def test_a_card_with_holes_still_reads(qtbot, card):
    shown = _shown(qtbot, a_summary({"title": "Holed", **card}))
    assert "Holed" in shown
    assert "nan" not in shown


def test_nothing_measured_is_said_loudly(qtbot):
    shown = _shown(qtbot, a_summary({"classes": []}))
    assert "Nothing was measured" in shown
    assert "The card gives no threshold." in shown
    assert "The card names no limits, which does not mean that it has none." in shown
    without_real = {"measured": [{"set": "x", "false_accusation": {"n": 0, "count": 0}}]}
    assert "because it holds no real photographs" in _shown(qtbot, a_summary(without_real))


def test_a_refused_file_shows_why_and_nothing_of_its_card(qtbot):
    shown = _shown(qtbot, a_summary(CARD, problem="It has no card."))
    assert "This file is refused and cannot be used. It has no card." in shown
    assert "False accusations" not in shown


def test_the_papers_way_is_told(qtbot):
    card = {"preprocess": {"kind": "paper", "channels": "rgb", "first_px": 128, "side_px": 512}}
    assert "the centre square of the image, resized to 128 px and then to 512 px" in _shown(qtbot, a_summary(card))


def test_a_hostile_card_stays_plain(qtbot):
    shown = _shown(qtbot, a_summary({"title": "<b>x</b>\u202e", "limits": ["<img src=x>"]}))
    assert "<b>x</b>⟨U+202E⟩" in shown
    assert "<img src=x>" in shown
