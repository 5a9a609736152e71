import math

import pytest

from core.errors import BadInput, NotFound
from core.paths import resources
from core.verbal_scale import read_scale

SCALES = resources() / "scales"
SHIPPED = SCALES / "enfsi-2015.toml"
WORDS = ("weak", "moderate", "moderately strong", "strong", "very strong", "extremely strong")
EDGES = (2, 10, 100, 1_000, 10_000, 1_000_000)


@pytest.fixture(scope="module")
def scale():
    return read_scale(SHIPPED)


def changed(tmp_path, old, new):
    path = tmp_path / "scale.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_shipped_scale_has_the_bands_of_the_guideline_and_says_where_they_come_from(scale):
    assert [(band.above, band.words) for band in scale.bands] == [
        (edge, f"{word} support") for edge, word in zip(EDGES, WORDS, strict=True)
    ]
    assert scale.bands[-1].up_to == math.inf
    assert "ENFSI" in scale.source
    assert "2015" in scale.source


@pytest.mark.parametrize(("edge", "word"), list(zip(EDGES, WORDS, strict=True)))
def test_an_edge_belongs_to_the_lower_band_on_both_sides(scale, edge, word):
    lower = dict(zip(EDGES[1:], WORDS, strict=False)).get(edge)
    above, at = scale.phrase(math.nextafter(edge, math.inf)), scale.phrase(edge)
    assert (above.words, above.favours) == (f"{word} support", 1)
    assert (at.words, at.favours) == ((f"{lower} support", 1) if lower else ("", 0))
    inverse = scale.phrase(1 / (edge * 1.01))
    assert (inverse.words, inverse.favours) == (f"{word} support", 2)


@pytest.mark.parametrize("ratio", [1, 1.99, 2, 0.5, 0.51])
def test_around_one_nothing_is_said_for_either_side(scale, ratio):
    assert scale.phrase(ratio).favours == 0
    assert scale.in_words(ratio, "a", "b") == "The findings do not support one proposition over the other."


def test_the_sentence_names_the_favoured_proposition_first(scale):
    assert "moderate support for the proposition that A made it, relative to the alternative that B did" in (
        scale.in_words(50, "A made it", "B did")
    )
    assert "strong support for the proposition that B did, relative to the alternative that A made it" in (
        scale.in_words(1 / 5000, "A made it", "B did")
    )
    assert scale.phrase(math.inf).words == "extremely strong support"


@pytest.mark.parametrize("ratio", [0, -1, math.nan])
def test_what_is_no_ratio_has_no_words(scale, ratio):
    with pytest.raises(ValueError, match=str(ratio)):
        scale.phrase(ratio)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("above = 10\n", "above = 11\n", "leave a gap.*'moderate support' begins above 11"),
        ("above = 10\n", "above = 9\n", "overlap"),
        ("above = 2\n", "above = 3\n", "leave a gap"),
        ("up_to = 100\n", "up_to = 5\n", "ends before it begins"),
        ("above = 1000000\n", "above = 1000000\nup_to = 1e9\n", "leaves a gap above 1e"),
        ("neutral_up_to = 2", 'neutral_up_to = "two"', "'two' is no number"),
        ("neutral_up_to = 2", "neutral_upto = 2", "lacks, or has too much: neutral_up_to, neutral_upto"),
        ('words = "weak support"', 'word = "weak support"', "needs above"),
        ('name = "ENFSI 2015"', 'name = ""', "name must be a text"),
        ("{first}", "{one}", "may only hold"),
        ("{words} ", "", "lacks {words}"),
        ('name = "ENFSI 2015"', "name = ENFSI", "not valid TOML"),
    ],
)
def test_a_scale_that_does_not_fit_is_refused_with_the_reason(tmp_path, old, new, word):
    path = changed(tmp_path, old, new)
    with pytest.raises(BadInput, match=word) as refused:
        read_scale(path)
    assert str(path) in str(refused.value)


def test_a_scale_without_bands_or_file_is_refused(tmp_path):
    path = tmp_path / "scale.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8").split("[[bands]]", maxsplit=1)[0] + "bands = []\n", "utf-8")
    with pytest.raises(BadInput, match=r"no \[\[bands\]\]"):
        read_scale(path)
    with pytest.raises(NotFound, match="cannot be read"):
        read_scale(tmp_path / "nowhere.toml")


# Bounds and words of every other scale that ships; between the inverse of the first bound and it nothing is said.
OTHERS = {
    "uk-afsp-2009": (
        (1, 10, 100, 1_000, 10_000, 1_000_000),
        tuple(f"{word} support" for word in ("limited", *WORDS[1:])),
    ),
    "nfc-sweden": (
        (6, 100, 6_000, 1_000_000),
        tuple(
            f"{word} (level +{level})"
            for level, word in enumerate(
                ("support to some extent", "support", "strongly support", "extremely strongly support"), 1
            )
        ),
    ),
    "nfi-netherlands": (
        (2, 10, 100, 10_000, 1_000_000),
        tuple(
            f"{word} likely findings"
            for word in ("slightly more", "more", "much more", "very much more", "extremely more")
        ),
    ),
}


def test_every_scale_that_ships_is_tried_here():
    assert {path.stem for path in SCALES.glob("*.toml")} == {"enfsi-2015", *OTHERS}


@pytest.mark.parametrize("name", OTHERS)
def test_the_edges_of_the_other_scales_belong_to_the_lower_band_on_both_sides(name):
    other = read_scale(SCALES / f"{name}.toml")
    edges, labels = OTHERS[name]
    assert [(band.above, band.label) for band in other.bands] == list(zip(edges, labels, strict=True))
    assert "not checked against the original" in other.source
    lower = ""
    for edge, label in zip(edges, labels, strict=True):
        at, above = other.phrase(edge), other.phrase(math.nextafter(edge, math.inf))
        assert (at.label, at.favours) == (lower, 1 if lower else 0)
        assert (above.label, above.favours) == (label, 1)
        inverse, just_beyond = other.phrase(1 / edge), other.phrase(1 / (edge * 1.01))
        assert (inverse.words, inverse.favours) == (at.words, 2 if lower else 0)
        assert (just_beyond.words, just_beyond.favours) == (above.words, 2)
        lower = label


def test_a_scale_with_levels_counts_them_down_for_the_second_proposition():
    scale = read_scale(SCALES / "nfc-sweden.toml")
    assert [scale.phrase(ratio).number for ratio in (1e7, 7_000, 1 / 5, 1 / 7, 1 / 1e7)] == [4, 3, 0, -1, -4]
    assert scale.phrase(1 / 7_000).label == "strongly support (level \u22123)"
    assert scale.in_words(1 / 7_000, "A made it", "B did") == (
        "The findings strongly support that B did, rather than that A made it (level \u22123)."
    )
    assert scale.in_words(5, "A", "B").endswith("(level 0).")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("number = 1\n", "", "need the numbers 1, 2, 3"),
        ("number = 2\n", "number = 3\n", "need the numbers 1, 2, 3"),
        ("number = 1\n", "number = 1.5\n", "the level 1.5 is no whole number"),
        ("number = 1\n", "number = true\n", "the level True is no whole number"),
        ("number = 1\n", "level = 1\n", "needs above"),
    ],
)
def test_levels_that_do_not_fit_are_refused(tmp_path, old, new, word):
    path = tmp_path / "scale.toml"
    text = (SCALES / "nfc-sweden.toml").read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=word):
        read_scale(path)
