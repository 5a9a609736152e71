"""Blind cases: nothing that a service answers depends on what is hidden from the examiner at work."""

import json
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain import CaseDetails, ExhibitFilter, ReviewState, SortKey, Table, Verdict
from core.errors import AnswerHidden, ReadOnlyCase
from core.examine import AnnotationKind, MapQuestion
from core.reporting import Outcome
from core.services.workspace import Workspace
from core.store import exhibits, findings
from tests.core.store.generated import ARCHITECTURES, add_exhibit, finding_of, sha256_of

COUNT = 9
SEEN = (1, 4, 7)  # the examiner at work has written down a view of these
HIDDEN = tuple(number for number in range(1, COUNT + 1) if number not in SEEN)
FIRST, SECOND = "A. Moreau", "B. Later"


def workspace_as(name):
    workspace = Workspace()
    workspace.settings.set("examiner", name)
    return workspace


def fill(workspace, verdicts, architecture, score):
    """Findings; those of the exhibits that stay hidden are the arguments, all others are always the same."""
    with workspace.cases.database.writing() as transaction:
        for number in range(COUNT):
            add_exhibit(transaction, number)
        for number in range(COUNT - 1):  # the last one is not analysed
            hidden = number + 1 in HIDDEN
            how = (
                {"verdict": verdicts[number % len(verdicts)], "architecture": architecture, "score": score}
                if hidden
                else {}
            )
            findings.add(transaction, finding_of(number, **how))
        exhibits.set_reviewed(transaction, (2, 4), True)
        exhibits.tag(transaction, (1, 2, 3), 5, True)


def made(path, *hidden):
    workspace = workspace_as(FIRST)
    workspace.cases.create(path, CaseDetails("Blind", blind=True))
    fill(workspace, *hidden)
    workspace.annotations.add(2, AnnotationKind.TEXT, ((0.5, 0.5),), "SECRET annotation")
    workspace.views.write(2, "generated", "SECRET reason")
    workspace.settings.set("examiner", SECOND)
    for number in SEEN:
        workspace.views.write(number, "real", "own")
    workspace.groups.make("Two of them", (1, 2))
    return workspace


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Two cases that differ in nothing but the findings hidden from the examiner at work."""
    folder = tmp_path_factory.mktemp("twins")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DNADET_HOME", str(folder / "user"))
        one = made(folder / "one.dnacase", (Verdict.ATTRIBUTED,), "StyleGAN", 0.95)
        other = made(
            folder / "two.dnacase", (Verdict.UNKNOWN, Verdict.INCONCLUSIVE, Verdict.OUT_OF_SCOPE), "SECRET", 0.05
        )
        one.settings.set("examiner", SECOND)
        yield one, other
        one.close()
        other.close()


FILTERS = st.builds(
    ExhibitFilter,
    text=st.sampled_from(("", "", "img_3", "SECRET", sha256_of(4)[:8])),
    verdicts=st.frozensets(st.sampled_from(Verdict), max_size=2),
    architectures=st.frozensets(st.sampled_from((*ARCHITECTURES[:4], "SECRET")), max_size=2),
    tags=st.frozensets(st.sampled_from((5, 6)), max_size=1),
    states=st.frozensets(st.sampled_from(ReviewState), max_size=2),
    score_from=st.sampled_from((0.0, 0.0, 0.5, 0.93)),
    score_to=st.sampled_from((1.0, 1.0, 0.5, 0.93)),
    agreement_from=st.sampled_from((0, 0, 1, 13)),
    groups=st.frozensets(st.integers(1, 40), max_size=3),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=FILTERS, sort=st.sampled_from(SortKey), descending=st.booleans(), after=st.integers(1, COUNT))
def test_no_list_order_filter_or_count_depends_on_a_hidden_finding(twins, wanted, sort, descending, after):
    _same_answers(twins, wanted, sort, descending, after)


@pytest.mark.parametrize("sort", SortKey)
@pytest.mark.parametrize("descending", [False, True])
def test_neither_does_the_way_through_the_whole_case(twins, sort, descending):
    for after in (None, *range(1, COUNT + 1)):
        _same_answers(twins, ExhibitFilter(), sort, descending, after)


def _same_answers(twins, wanted, sort, descending, after):
    answers = [
        (
            door.exhibits.ids(wanted, sort, descending=descending),
            door.exhibits.lines(door.exhibits.ids(wanted, sort, descending=descending)),
            door.exhibits.facets(wanted),
            door.exhibits.next_unreviewed(after, wanted, sort, descending=descending),
        )
        for door in twins
    ]
    assert answers[0] == answers[1]
    assert "SECRET" not in repr(answers)


def test_neither_do_the_counts_the_log_nor_the_views_and_marks_of_others(twins):
    answers = [
        (
            door.cases.counts(),
            [(entry.action, entry.actor, json.dumps(entry.payload)) for entry in door.cases.log(1000)],
            [door.views.of(number) for number in HIDDEN],
            [door.annotations.of(number) for number in HIDDEN],
            [door.conclusions.of(number) for number in HIDDEN],
            [door.conclusions.propositions(number) for number in HIDDEN],
            [door.conclusions.classes(number) for number in HIDDEN],
            [replace(door.conclusions.suggested(number), made_at=None) for number in HIDDEN],
        )
        for door in twins
    ]
    assert answers[0] == answers[1]
    assert "SECRET" not in repr(answers)
    counts = answers[0][0]
    assert (counts.analysed, counts.hidden, sum(counts.verdicts.values())) == (COUNT - 1, len(HIDDEN), len(SEEN))


def test_what_is_asked_of_one_hidden_exhibit_is_refused_with_the_way_out(twins):
    for door in twins:
        asked = [
            door.analysis.finding,
            door.analysis.heat_map,
            lambda number, door=door: door.analysis.heat_map(number, MapQuestion(target="SECRET")),
            door.robustness.latest,
            door.robustness.all_of,
            door.robustness.run,
            door.explaining.consistency,
            door.explaining.sanity,
            door.views.require_visible,
            door.conclusions.weigh,
            lambda number, door=door: door.conclusions.conclude(number, Outcome.INCONCLUSIVE, "I cannot say."),
        ]
        for number in HIDDEN:
            for ask in asked:
                with pytest.raises(AnswerHidden, match="own view") as caught:
                    ask(number)
                assert "SECRET" not in str(caught.value)


def test_what_is_seen_is_the_whole_answer(twins):
    for door in twins:
        for number in SEEN:
            assert door.analysis.finding(number).architecture == "StyleGAN"
            (line,) = door.exhibits.lines((number,))
            assert (line.verdict, line.score, line.hidden) == (Verdict.ATTRIBUTED, 0.9, False)
        facets = door.exhibits.facets(ExhibitFilter())
        assert facets.architectures == {"StyleGAN": len(SEEN)}
        assert facets.states == {"not analysed": 1, "not reviewed": COUNT - 3, "reviewed": 2}
        lines = door.exhibits.lines(range(1, COUNT + 1))
        assert [line.id for line in lines if line.hidden] == list(HIDDEN)


def test_after_the_own_view_everything_is_shown_also_what_others_wrote(tmp_path):
    with closing(made(tmp_path / "one.dnacase", (Verdict.UNKNOWN,), "ProGAN", 0.4)) as door:
        written = door.views.write(2, "undecided", "I cannot say.")
        assert written.touched >= {Table.VIEWS, Table.FINDINGS, Table.ANNOTATIONS}
        assert written.value.blind
        assert door.analysis.finding(2).verdict is Verdict.UNKNOWN
        assert [(view.examiner, view.blind) for view in door.views.of(2)] == [(FIRST, True), (SECOND, True)]
        assert [annotation.text for annotation in door.annotations.of(2)] == ["SECRET annotation"]
        again = door.views.write(2, "generated", "Now I see it.")
        assert not again.value.blind
        assert again.touched == {Table.VIEWS}
        assert "Now I see it." in repr(door.cases.log())


def test_turning_blind_off_shows_everything_and_is_logged(tmp_path):
    with closing(made(tmp_path / "one.dnacase", (Verdict.UNKNOWN,), "ProGAN", 0.4)) as door:
        written = door.cases.update(CaseDetails("Blind", blind=False))
        assert written.touched >= {Table.CASE, Table.FINDINGS, Table.VIEWS}
        assert door.analysis.finding(3).architecture == "ProGAN"
        assert door.cases.counts().hidden == 0
        assert door.cases.log(1)[0].payload == {"blind": {"from": True, "to": False}}
        assert not door.views.write(3, "real").value.blind
        assert door.cases.update(CaseDetails("Other title")).touched == {Table.CASE}


def test_a_blind_case_that_is_read_only_stays_hidden(tmp_path):
    with closing(made(tmp_path / "one.dnacase", (Verdict.UNKNOWN,), "ProGAN", 0.4)) as door:
        door.cases.close()
        door.cases.open(tmp_path / "one.dnacase", read_only=True)
        with pytest.raises(ReadOnlyCase):
            door.views.write(3, "real")
        with pytest.raises(AnswerHidden):
            door.analysis.finding(3)
        assert door.analysis.finding(1) is not None


def test_who_is_at_work_follows_the_settings_while_the_case_is_open(tmp_path):
    with closing(made(tmp_path / "one.dnacase", (Verdict.UNKNOWN,), "ProGAN", 0.4)) as door:
        assert (door.views.examiner, door.views.hidden(1), door.views.hidden(2)) == (SECOND, False, True)
        door.settings.set("examiner", f"  {FIRST} ")
        assert (door.views.examiner, door.views.hidden(1), door.views.hidden(2)) == (FIRST, True, False)
        door.exhibits.note(1, "seen by me")
        assert door.cases.log(1)[0].actor == FIRST
        assert door.views.hidden_among(range(1, 4)) == {1, 3}
