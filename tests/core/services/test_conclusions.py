"""Propositions and conclusions of the open case: who may write what, and what a blind case hides until then."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.domain import CaseDetails, DetectorSummary, LikelihoodRatio, Table, Verdict
from core.errors import AnswerHidden, BadInput, NotFound, ReadOnlyCase
from core.reporting import Outcome, Role
from core.services.cases import Cases
from core.services.conclusions import Conclusions
from core.settings import Settings
from core.store import findings, views
from tests.core.store.generated import DETECTOR, add_exhibit, finding_of

FIRST, SECOND = "A. Moreau", "B. Later"
CARD = {
    "classes": [{"name": name, "title": name.upper()} for name in ("real", "stylegan2", "sdxl")],
    "likelihood_ratio": {"against": "the others", "classes": {"stylegan2": {"slope": 1.0}}},
}
OTHER_CARD = {"classes": [{"name": "real", "title": "Real"}, {"name": "biggan", "title": "BigGAN"}]}


class FakeDetectors:
    """Two detectors: the one that makes the findings, and another, which may be the one in use."""

    def __init__(self, in_use):
        self.in_use = in_use
        self.known = [
            DetectorSummary(DETECTOR, Path("field.safetensors"), (), CARD),
            DetectorSummary(replace(DETECTOR, digest="e" * 64), Path("new.safetensors"), (), OTHER_CARD),
        ]

    def all(self):
        return tuple(self.known)

    def current(self):
        if not self.known:
            raise NotFound("No usable detector was found.")
        return self.known[self.in_use]


class Desk:
    """A case with three exhibits at which examiners sit down one after the other."""

    def __init__(self, folder, *, blind=False):
        self.settings = Settings(folder / "settings.json")
        self.cases = Cases(self.settings)
        self.detectors = FakeDetectors(1 if blind else 0)
        self.door = Conclusions(self.cases, self.detectors)
        self.sit_down(FIRST)
        self.cases.create(folder / "one.dnacase", CaseDetails("One", blind=blind))
        with self.cases.database.writing() as transaction:
            for number in range(3):
                add_exhibit(transaction, number)

    def sit_down(self, name):
        self.settings.set("examiner", name)

    def view(self, exhibit_id):
        with self.cases.database.writing() as transaction:
            views.add(transaction, exhibit_id, "generated", "")

    def answer(self, exhibit_id, value=40.0, **changes):
        ratio = None if value is None else LikelihoodRatio(value, value / 4, min(100.0, value * 4), 100.0, "the others")
        how = {"architecture": "stylegan2", "likelihood_ratio": ratio, **changes}
        with self.cases.database.writing() as transaction:
            return findings.add(transaction, finding_of(exhibit_id - 1, **how))

    def propose(self, exhibit_id=1, architecture="stylegan2"):
        wish = self.door.suggested(exhibit_id, architecture)
        return self.door.propose(exhibit_id, wish.first, wish.second, wish.population, "", wish.architecture).value

    def conclude(self, outcome=Outcome.SUPPORTS_FIRST, exhibit_id=1, **more):
        return self.door.conclude(exhibit_id, outcome, "I think so.", **more).value


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.cases.close()


@pytest.fixture
def blind(tmp_path):
    made = Desk(tmp_path, blind=True)
    yield made
    made.cases.close()


def test_from_propositions_over_the_weighing_to_a_conclusion(desk):
    made = desk.door.propose(1, " It was made\nby StyleGAN2. ", "it was not.", "the set", "a phone", "stylegan2")
    assert made.touched == {Table.CONCLUSIONS}
    proposed = made.value
    assert (proposed.first, proposed.second) == ("It was made by StyleGAN2", "it was not")
    assert proposed.before_answer
    found = desk.answer(1)
    weighing = desk.door.weigh(1)
    assert weighing.phrase == "moderate support"
    assert "the proposition that It was made by StyleGAN2" in weighing.sentence
    written = desk.door.conclude(1, Outcome.SUPPORTS_FIRST, " I think so. ", " One image only. ")
    assert written.touched == {Table.CONCLUSIONS}
    one = written.value
    assert (one.author, one.role, one.outcome, one.agrees) == (FIRST, Role.EXAMINER, Outcome.SUPPORTS_FIRST, None)
    assert (one.opinion, one.limitations) == ("I think so.", "One image only.")
    assert (one.phrase, one.scale) == ("moderate support", "ENFSI 2015, version 1")
    assert (one.finding_id, one.propositions_id) == (found.id, proposed.id)
    assert desk.door.of(1) == (one,)
    assert desk.door.of(2) == ()


def test_a_change_of_mind_is_another_row_and_the_newest_comes_first(desk):
    before = desk.propose()
    old = desk.conclude()
    after = desk.propose(architecture="sdxl")
    new = desk.conclude(Outcome.INCONCLUSIVE)
    assert (old.propositions_id, new.propositions_id) == (before.id, after.id)
    assert desk.door.propositions(1) == after
    desk.sit_down(SECOND)
    second = desk.conclude(Outcome.SUPPORTS_SECOND, role=Role.SECOND, agrees=False)
    assert desk.door.of(1) == (new, second, old)


@pytest.mark.parametrize(
    ("first", "second", "more", "words"),
    [
        ("", "b", {}, "The first proposition is missing"),
        (" . ", "b", {}, "The first proposition is missing"),
        ("a", "\n", {}, "The second proposition is missing"),
        ("It was SO.", "it was so", {}, "Both propositions say the same"),
        ("a" * 2001, "b", {}, "2,001 characters"),
        ("a", "b", {"population": "x" * 20_001}, "relevant set has 20,001"),
        ("a", "b", {"background": "x" * 20_001}, "background has 20,001"),
        ("a", "b", {"architecture": "biggun"}, "knows no architecture 'biggun'. It knows: real, stylegan2, sdxl"),
        ("it was made so", "it was made by SDXL", {"architecture": "sdxl"}, "does not name SDXL"),
    ],
)
def test_propositions_that_weigh_nothing_are_refused_in_a_sentence(desk, first, second, more, words):
    with pytest.raises(BadInput, match=words):
        desk.door.propose(1, first, second, **more)
    assert desk.door.propositions(1) is None


def test_an_outcome_about_propositions_needs_them_and_the_others_do_not(desk):
    for outcome in (Outcome.SUPPORTS_FIRST, Outcome.SUPPORTS_SECOND, Outcome.NEITHER):
        with pytest.raises(BadInput, match="none are written down"):
            desk.conclude(outcome)
    for outcome in (Outcome.INCONCLUSIVE, Outcome.UNKNOWN, Outcome.OUT_OF_SCOPE):
        assert desk.conclude(outcome).propositions_id is None
    desk.propose()
    assert desk.conclude(Outcome.NEITHER).outcome is Outcome.NEITHER


@pytest.mark.parametrize(
    ("opinion", "limitations", "words"),
    [("", "", "opinion is missing"), (" \n", "", "opinion is missing"), ("x" * 20_001, "", "opinion has 20,001"),
     ("x", "y" * 20_001, "limitations has 20,001")],
)  # fmt: skip
def test_a_conclusion_needs_own_words_and_not_too_many(desk, opinion, limitations, words):
    with pytest.raises(BadInput, match=words):
        desk.door.conclude(1, Outcome.INCONCLUSIVE, opinion, limitations)
    assert desk.door.of(1) == ()


def test_a_second_examiner_is_another_person_who_says_where_they_stand(desk):
    desk.propose()
    with pytest.raises(BadInput, match="no conclusion of a first examiner yet"):
        desk.conclude(role=Role.SECOND, agrees=True)
    with pytest.raises(BadInput, match="Only a second examiner agrees"):
        desk.conclude(agrees=True)
    first = desk.conclude()
    for name in (FIRST, " a.  MOREAU"):
        desk.sit_down(name)
        with pytest.raises(BadInput, match="A second examiner is another person"):
            desk.conclude(role=Role.SECOND, agrees=True)
    desk.sit_down(SECOND)
    with pytest.raises(BadInput, match=f"whether you agree with the first examiner, {FIRST}"):
        desk.conclude(role=Role.SECOND)
    with pytest.raises(BadInput, match="that is no agreement"):
        desk.conclude(Outcome.INCONCLUSIVE, role=Role.SECOND, agrees=True)
    against = desk.conclude(Outcome.INCONCLUSIVE, role=Role.SECOND, agrees=False)
    assert desk.door.of(1) == (first, against)
    with pytest.raises(BadInput, match="cannot be the first one as well"):
        desk.conclude()
    agreeing = desk.conclude(role=Role.SECOND, agrees=True)
    assert desk.door.of(1) == (first, agreeing, against)


def test_blind_propositions_come_first_and_reveal_nothing(blind):
    blind.answer(1)
    assert dict(blind.door.classes(1)) == {
        "real": "Real",
        "biggan": "BigGAN",
    }  # of the detector in use, not the finding's
    wish = blind.door.suggested(1)
    assert (wish.architecture, wish.id, wish.before_answer) == ("", None, True)
    assert "stylegan" not in repr(wish).lower()
    assert blind.door.suggested(1, "biggan").architecture == "biggan"
    with pytest.raises(BadInput, match="knows no architecture 'stylegan2'"):
        blind.door.suggested(1, "stylegan2")  # would tell that the finding knows it
    made = blind.door.propose(1, wish.first, wish.second).value
    assert made.before_answer
    with pytest.raises(AnswerHidden, match="own view"):
        blind.door.weigh(1)
    with pytest.raises(AnswerHidden, match="own view"):
        blind.conclude()
    blind.view(1)
    assert not blind.propose().before_answer
    assert blind.door.suggested(1).architecture == "stylegan2"
    assert blind.door.weigh(1).phrase == "moderate support"


def test_blind_nothing_of_a_suggestion_depends_on_the_hidden_finding(tmp_path):
    told = []
    for number, how in enumerate(
        ({"value": 40.0}, {"value": None, "architecture": "sdxl", "verdict": Verdict.UNKNOWN})
    ):
        desk = Desk(tmp_path / str(number), blind=True)
        desk.answer(1, **how)
        wish = desk.door.suggested(1)
        told.append((replace(wish, made_at=None), desk.door.classes(1), desk.door.of(1), desk.door.propositions(1)))
        desk.cases.close()
    assert told[0] == told[1]


def test_a_second_examiner_sees_no_conclusion_and_no_late_propositions_before_the_own_view(blind):
    early = blind.propose(architecture="biggan")
    blind.answer(1)
    blind.view(1)
    late = blind.propose()
    first = blind.conclude()
    assert blind.door.of(1) == (first,)
    blind.sit_down(SECOND)
    assert blind.door.of(1) == ()
    assert blind.door.propositions(1) == early
    with pytest.raises(AnswerHidden):
        blind.conclude(role=Role.SECOND, agrees=True)
    blind.view(1)
    assert blind.door.of(1) == (first,)
    assert blind.door.propositions(1) == late
    second = blind.conclude(Outcome.NEITHER, role=Role.SECOND, agrees=False)
    assert [one.author for one in blind.door.of(1)] == [FIRST, SECOND]
    assert second.propositions_id == late.id


@pytest.mark.parametrize(
    ("verdict", "architecture"),
    [
        (Verdict.ATTRIBUTED, "stylegan2"),
        (Verdict.INCONCLUSIVE, "stylegan2"),
        (Verdict.UNKNOWN, ""),
        (Verdict.OUT_OF_SCOPE, ""),
    ],
)
def test_a_suggestion_begins_with_the_top_class_where_one_is_named(desk, verdict, architecture):
    desk.answer(1, None, verdict=verdict)
    wish = desk.door.suggested(1)
    assert wish.architecture == architecture
    assert not wish.before_answer
    assert desk.door.propose(1, wish.first, wish.second, wish.population, "", wish.architecture).value.id is not None


def test_without_any_detector_propositions_and_conclusions_are_still_possible(desk):
    desk.detectors.known = []
    assert desk.door.classes(1) == ()
    wish = desk.door.suggested(1)
    desk.door.propose(1, wish.first, wish.second)
    assert desk.conclude(Outcome.NEITHER).phrase == ""
    assert "not analysed" in desk.door.weigh(1).why_not


def test_a_closed_or_read_only_case_and_an_unknown_exhibit_or_scale_are_refused(desk):
    for ask in (desk.door.suggested, desk.door.weigh, lambda number: desk.conclude(Outcome.UNKNOWN, number)):
        with pytest.raises(NotFound, match="exhibit 9"):
            ask(9)
    for name in ("nowhere", "../scales/enfsi-2015", "", "x" * 5000):
        with pytest.raises(NotFound, match="There is no verbal scale") as refused:
            desk.door.weigh(1, name)
        assert len(str(refused.value)) < 400
    folder = desk.cases.current.path
    desk.cases.close()
    with pytest.raises(BadInput, match="No case is open"):
        desk.door.propositions(1)
    desk.cases.open(folder, read_only=True)
    for write in (desk.propose, lambda: desk.conclude(Outcome.UNKNOWN)):
        with pytest.raises(ReadOnlyCase):
            write()
    assert desk.door.of(1) == ()


def test_scales_are_listed_with_the_default_first_and_a_broken_one_is_told_when_asked_for(desk, tmp_path, monkeypatch):
    listed = desk.door.scales()
    assert listed[0] == ("enfsi-2015", "ENFSI 2015")
    assert {name for name, _ in listed} == {"enfsi-2015", "uk-afsp-2009", "nfc-sweden", "nfi-netherlands"}
    desk.propose()
    desk.answer(1, 90.0)
    phrases = {name: desk.door.weigh(1, name).phrase for name, _ in listed}
    assert phrases == {
        "enfsi-2015": "moderate support",
        "uk-afsp-2009": "moderate support",
        "nfc-sweden": "support to some extent (level +1)",
        "nfi-netherlands": "more likely findings",
    }
    one = desk.conclude(scale="nfc-sweden.toml")
    assert (one.scale, one.phrase) == (desk.door.scale("nfc-sweden").title, phrases["nfc-sweden"])
    folder = tmp_path / "resources" / "scales"
    folder.mkdir(parents=True)
    (folder / "broken.toml").write_text("name = 1")
    monkeypatch.setattr("core.paths.resources", lambda: tmp_path / "resources")
    assert desk.door.scales() == ()
    with pytest.raises(BadInput, match="lacks, or has too much"):
        desk.door.scale("broken")
    with pytest.raises(NotFound, match="At hand: broken"):
        desk.door.weigh(1)
