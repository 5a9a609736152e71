import pytest

from core.services.training_comparison import side_by_side
from core.services.training_mistakes import mistakes
from core.services.training_unknowable import unknowable
from tests.core.services.tested_images import NEW, OLD, SURE, UNSURE, an_image

IMAGES = [
    *(an_image("real", "real", "real", number=n) for n in range(4)),
    an_image("real", "fresh", "real", number=4),  # lost, and an accusation
    an_image("gan", "gan", "gan", number=5),
    an_image("gan", "gan", "real", number=6),  # gained
    an_image("gan", None, "gan", number=7),  # lost: out of scope now
    *(an_image("fresh", "fresh", "gan", number=n) for n in (8, 9)),
    an_image("fresh", "real", "real", number=10),
    an_image("unknown", "gan", "gan", number=11),
    an_image("unknown", "fresh", "real", number=12, verdict=UNSURE),
]


def rows(found):
    return {row["name"]: row for row in found["classes"]}


def test_classes_are_counted_with_the_parent_on_its_own():
    found = rows(side_by_side(IMAGES, NEW, OLD))
    assert list(found) == list(NEW)
    assert [found[name]["added"] for name in NEW] == [False, False, True]
    assert (found["real"]["parent"]["correct"], found["real"]["new"]["correct"], found["real"]["new"]["n"]) == (5, 4, 5)
    assert (found["gan"]["parent"]["correct"], found["gan"]["new"]["correct"], found["gan"]["new"]["n"]) == (2, 2, 3)
    assert found["fresh"]["parent"] is None
    assert found["fresh"]["new"]["recall"] == pytest.approx(2 / 3)
    assert found["fresh"]["new"]["ci"][0] < 2 / 3 < found["fresh"]["new"]["ci"][1]


def test_old_classes_are_paired():
    old = side_by_side(IMAGES, NEW, OLD)["old_classes"]
    assert (old["n"], old["parent"]["correct"], old["new"]["correct"]) == (8, 7, 6)
    assert (old["only_parent"], old["only_new"], old["mcnemar_p"]) == (2, 1, 1.0)
    assert old["new"]["share"] == 0.75


def test_an_added_class_is_unknown_to_the_parent():
    found = side_by_side(IMAGES, NEW, OLD)
    assert (found["parent"]["n"], found["new"]["n"]) == (8, 11)
    assert (found["parent"]["unknown"]["n"], found["new"]["unknown"]["n"]) == (5, 2)
    assert found["confusion"]["new"]["labels"] == [*NEW, "out of scope"]
    assert found["confusion"]["parent"]["labels"] == [*OLD, "out of scope"]
    for key in ("false_accusation", "oscr", "auroc_unknown", "ece", "cllr"):
        assert found[key] == {"parent": found["parent"][key], "new": found["new"][key]}
    assert (found["false_accusation"]["new"]["count"], found["false_accusation"]["parent"]["count"]) == (1, 0)


def test_figures_alike_leave_the_added_class_out():
    alike = side_by_side(IMAGES, NEW, OLD)["alike"]
    assert (alike["parent"]["n"], alike["new"]["n"]) == (8, 8)
    assert (alike["parent"]["unknown"]["n"], alike["new"]["unknown"]["n"]) == (2, 2)


def test_a_class_that_the_new_one_cannot_name_is_lost():
    images = [an_image("gan", "real", "gan", number=n) for n in range(12)]
    found = side_by_side(images, ("real", "fresh", "other"), OLD)
    assert rows(found)["gan"]["new"] == {
        "n": 12,
        "correct": 0,
        "recall": 0.0,
        "ci": pytest.approx((0, 0.2425), abs=1e-3),
    }
    assert (found["old_classes"]["parent"]["correct"], found["old_classes"]["new"]["correct"]) == (12, 0)
    assert rows(found)["gan"]["added"] is False


def test_a_class_without_images_says_so():
    found = rows(side_by_side(IMAGES[:5], NEW, OLD))
    assert found["gan"]["new"] == {"n": 0, "correct": 0, "recall": None, "ci": (0.0, 1.0)}
    assert found["gan"]["parent"]["n"] == 0


def test_without_a_parent_every_class_is_added():
    alone = [an_image("real", "real", number=n, alone=True) for n in range(3)]
    found = side_by_side(alone, NEW, None)
    assert (found["parent"], found["old_classes"], found["alike"]) == (None, None, None)
    assert [row["added"] for row in found["classes"]] == [True] * 3
    assert found["ece"]["parent"] is None
    assert found["confusion"]["parent"] is None


def test_mistakes_come_worst_first():
    accused = an_image("real", "gan", number=1, score=0.6)
    sure = an_image("gan", "fresh", number=2, score=0.7)
    named = an_image("unknown", "gan", number=3, score=0.65)
    guess = an_image("gan", "real", number=4, score=0.95, verdict=UNSURE)
    outside = an_image("gan", None, number=5)
    right = [an_image("real", "real", number=6), an_image("unknown", "gan", number=7, verdict=UNSURE)]
    assert mistakes([*right, outside, guess, named, sure, accused], NEW) == [accused, sure, named, guess, outside]
    strange = an_image("third", "gan", number=8, verdict=SURE)
    assert mistakes([strange], NEW) == [strange]


def sentences(images, new=NEW, parent=OLD, skipped=()):
    return "\n".join(unknowable(images, new, parent, skipped))


def test_what_cannot_be_known_is_said():
    said = sentences([an_image("real", "real")])
    assert "no test image of fresh" in said
    assert "no test image of gan" in said
    assert "no image of an unknown architecture" in said
    assert "1 real photograph cannot rule out" in said
    assert "AUROC" in said
    said = sentences(IMAGES, skipped=["a.png: damaged"])
    assert "no test image" not in said
    assert "unknown architecture:" not in said
    assert "1 test image took no part. The first: a.png: damaged" in said
    assert "AUROC" not in sentences(IMAGES, parent=NEW)
    assert "AUROC" not in sentences(IMAGES, parent=None)
    assert "Neither detector can name third" in sentences([an_image("third", "real")])
    assert "2 test images known by features only" in sentences(
        [an_image("real", "real", number=n, path="") for n in (1, 2)]
    )
    many = [an_image("real", "real", number=n) for n in range(189)]
    assert "one in fifty" in sentences(many[1:])
    assert "one in fifty" not in sentences(many)
