"""What finishing a retraining writes on a card: pure, from the draft, the result and the gate."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import BadInput
from core.retraining import CardWishes, Draft, GateAnswer, GateLimits, ImageGroup, Split, TrainingImage
from core.services.retrained_card import MEASURED_ON, PART, Making, is_reason, retrained_card
from tests.conftest import plain_card

PASSED = GateAnswer(True, (), GateLimits(), "12 images")
DRAFT = Draft("20261121-a", datetime(2026, 11, 21, tzinfo=UTC), groups=(ImageGroup("newgan", "lab", Path("/in")),))
RESULT = {"set": {"from_features": 0, "words": "12 images."}, "new": {"n": 12, "accuracy": 0.75}}


def finished(draft=DRAFT, result=RESULT, card=None, **known):
    return retrained_card(card or plain_card(), Making(draft, result, PASSED, **known))


def test_the_card_that_was_given_stays_as_it_was():
    card = plain_card(measured=[{"set": "cross", "n": 3}], limits=["It fails on screenshots."])
    made = finished(card=card)
    assert card == plain_card(measured=[{"set": "cross", "n": 3}], limits=["It fails on screenshots."])
    assert [row["set"] for row in made["measured"]] == ["cross", MEASURED_ON]
    assert {name: made[name] for name in ("classes", "preprocess", "threshold", "scope")} == {
        name: card[name] for name in ("classes", "preprocess", "threshold", "scope")
    }


def test_the_analysts_texts_fall_back_on_the_recipes():
    made = finished()
    assert (made["name"], made["version"], made["title"], made["notes"]) == ("tiny", "1", "Tiny test detector", "")
    made = finished(replace(DRAFT, card=CardWishes(" extended ", "2", "Extended", "Names more.\nAnd more.", "A note.")))
    texts = tuple(made[name] for name in ("name", "version", "title", "summary", "notes"))
    assert texts == ("extended", "2", "Extended", "Names more.\nAnd more.", "A note.")


def test_who_trained_it_is_who_the_draft_names_else_who_is_at_work():
    assert finished(examiner="A. Moreau")[PART]["trained_by"] == "A. Moreau"
    named = replace(DRAFT, card=CardWishes(trained_by="B. Okafor"))
    assert finished(named, examiner="A. Moreau")[PART]["trained_by"] == "B. Okafor"


def test_figures_of_remembered_features_are_marked():
    words = "12 images that the parent remembers by their features."
    row = finished(result={**RESULT, "set": {"from_features": 12, "words": words}})["measured"][0]
    assert (row["remark"], "about" in row) == (words, False)
    row = finished()["measured"][0]
    assert (row["about"], "remark" in row) == ("12 images.", False)


def test_a_training_from_nothing_has_no_parent():
    assert finished()[PART]["parent"] is None


def test_images_are_counted_where_they_lie_whatever_class_they_were_moved_to():
    images = tuple(
        TrainingImage(Path(place) / f"{number}.png", label, "lab", f"{number:064x}", 1)
        for number, (place, label) in enumerate([("/in/deep", "newgan"), ("/in", "stylegan"), ("/inside", "newgan")])
    )
    draft = replace(DRAFT, known_data=(Path("/inside"), Path("/none")))
    said = finished(draft, split=Split(images, (), "ab" * 32, ("One source only.",)))
    assert said[PART]["groups"][0]["images"] == 2
    assert [row["images"] for row in said[PART]["known_data"]] == [1, 0]
    assert len({row["digest"] for row in said[PART]["known_data"]}) == 2
    assert said["limits"] == ["One source only."]


def test_a_limit_that_the_card_states_already_is_stated_once():
    card = plain_card(limits=["One source only."])
    split = Split((), (), "", ("One source only.", "One source only.", "Another."))
    once = finished(card=card, split=split)
    assert once["limits"] == ["One source only.", "Another."]
    assert finished(card=once, split=split)["limits"] == ["One source only.", "Another."]


def test_what_a_command_wrote_of_the_retraining_is_replaced():
    card = plain_card(**{PART: {"goal": "add architectures", "left_out": 4, "odd": True}})
    made = finished(card=card)[PART]
    assert (made["left_out"], "odd" in made) == ({}, False)


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        (CardWishes("x" * 81), "name has 81 letters"),
        (CardWishes("a", "1" * 21), "version has 21 letters"),
        (CardWishes("a", ""), "needs a name and a version"),
        (CardWishes("a", " "), "needs a name and a version"),
        (CardWishes("a\nb"), "cannot be printed"),
        (CardWishes("a", notes="\ud800"), "cannot be printed"),
        (CardWishes("a", title="x\u202ey"), "cannot be printed"),
        (CardWishes("a", notes="n" * 4001), "notes has 4,001 letters"),
    ],
)
def test_texts_that_no_card_should_hold_are_refused(wishes, why):
    with pytest.raises(BadInput, match=why):
        finished(replace(DRAFT, card=wishes))


@pytest.mark.parametrize("result", [{}, {"new": None}, {"new": {}}, {"new": {"n": 0}, "set": {}}, {"new": [1]}])
def test_what_was_not_measured_is_not_finished(result):
    with pytest.raises(BadInput, match="not measured"):
        finished(result=result)


@pytest.mark.parametrize(("text", "is_one"), [("", False), ("x" * 19, False), ("x" * 20, True), (" " * 30, False)])
def test_a_reason_has_twenty_letters(text, is_one):
    assert is_reason(text) is is_one
