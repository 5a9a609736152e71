"""What a new detector would change in the cases known here, looked at without touching them."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.dna.card import answers_digest_of, read_header
from core.dna.card_file import replace_card
from core.domain import CaseDetails, DetectorReference, ExhibitFilter, Verdict
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.services.consequences import Former, Looking, differs
from core.services.engine import Answer
from core.services.workspace import Workspace
from core.store import findings
from tests.conftest import save_pictures
from tests.core.services.issuable import issue, ready_draft
from tests.core.services.reported_case import finding
from tests.core.store.bundles import as_of, fingerprint, image_of
from tests.core.store.other_process import other_program

ATTRIBUTED, UNKNOWN, INCONCLUSIVE = Verdict.ATTRIBUTED, Verdict.UNKNOWN, Verdict.INCONCLUSIVE
NEAREST = (ATTRIBUTED, "nearest")
NEW = DetectorReference("new", "1", "ab" * 32)


class Scripted:
    """An analysis process that says of every exhibit what it was told to, and remembers which it was asked about."""

    pixel_limit = 1_000_000

    def __init__(self, says=NEAREST):
        self.says = says
        self.of = {}
        self.asked = []
        self.before = lambda: None

    def analyse(self, _function, _detector, _device, tasks, _limit, progress):
        self.before()
        progress.check()
        self.asked += [(task.sha256, task.path.is_file()) for task in tasks]
        return Answer(tuple(self._said(task.sha256) for task in tasks), (), "cpu")

    def _said(self, sha256):
        said = self.of.get(sha256, self.says)
        if isinstance(said, str):
            return said
        made = finding(sha256, NEW, said[0])
        return replace(made, architecture=said[1])


@pytest.fixture
def workspace(installed):
    with Workspace() as made:
        made.settings.set("examiner", "A. Moreau")
        yield made


def make(workspace, folder, said, *, count=3, title="Portraits", blind=False):
    """A case whose exhibits have these findings, one each; it stays open."""
    case = workspace.cases.create(folder, CaseDetails(title, "2026/17", "A. Moreau", "Laboratory", blind=blind)).value
    workspace.intake.take([save_pictures(folder.with_name(f"{folder.stem}-in"), count)])
    plant(workspace, said)
    return case.path


def plant(workspace, said, **changes):
    ids = workspace.exhibits.ids(ExhibitFilter())
    lines = workspace.exhibits.lines(ids)
    current = workspace.detectors.current()
    made = []
    for line, (verdict, architecture) in zip(lines, said, strict=False):
        one = finding(line.sha256, current, verdict)
        made.append(replace(one, architecture=architecture, exhibit_id=line.id, **changes))
    with workspace.cases.database.writing() as transaction:
        findings.add_all(transaction, made)


def look(workspace, paths, said=None, **options):
    processes = said or Scripted()
    current = workspace.detectors.current()
    former = options.get("former") or Former(current.reference.digest, current.answers_digest)
    looking = Looking(workspace.cases, processes, "cpu")
    return looking.look(former, current.path, paths, options.get("progress") or Progress())


def shas(workspace):
    return [line.sha256 for line in workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))]


@pytest.mark.parametrize(
    ("before", "after", "other"),
    [
        ((ATTRIBUTED, "a"), (ATTRIBUTED, "a"), False),
        ((ATTRIBUTED, "a"), (ATTRIBUTED, "b"), True),
        ((ATTRIBUTED, "a"), (INCONCLUSIVE, "a"), True),
        ((UNKNOWN, "a"), (ATTRIBUTED, "new"), True),
        ((INCONCLUSIVE, "a"), (INCONCLUSIVE, "b"), False),
        ((UNKNOWN, "a"), (UNKNOWN, "b"), False),
        ((Verdict.OUT_OF_SCOPE, None), (Verdict.OUT_OF_SCOPE, None), False),
        ((Verdict.OUT_OF_SCOPE, None), (UNKNOWN, "a"), True),
    ],
)
def test_what_counts_as_another_answer(before, after, other):
    assert differs(before, after) is other


def test_findings_of_several_cases_are_counted_and_the_changed_ones_listed(workspace, tmp_path):
    one = make(workspace, tmp_path / "one.dnacase", [NEAREST, (UNKNOWN, "real"), (INCONCLUSIVE, "real")])
    ours = shas(workspace)
    two = make(workspace, tmp_path / "two.dnacase", [NEAREST], title="Letters")
    workspace.cases.close()
    ticks = []
    found = look(workspace, [one, two], progress=Progress(ticks.append))
    assert (found.cases, found.findings, found.unread) == (2, 4, ())
    assert [(change.sha256, change.before, change.after) for change in found.changed] == [
        (ours[1], (UNKNOWN, "real"), NEAREST),
        (ours[2], (INCONCLUSIVE, "real"), NEAREST),
    ]
    assert {(change.case, change.case_title) for change in found.changed} == {(one, "Portraits")}
    assert found.changed[0].exhibit == "picture-0001.jpg"
    assert (ticks[-1].done, ticks[-1].total, ticks[-1].unit) == (4, 4, "findings")


def test_no_byte_of_a_case_at_rest_changes(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [NEAREST] * 3)
    workspace.cases.close()
    before = fingerprint(case)
    assert look(workspace, [case]).findings == 3
    assert fingerprint(case) == before


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_an_older_case_is_read_and_not_migrated(workspace, tmp_path, revision):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real")])
    workspace.cases.close()
    as_of(case, revision)
    before = fingerprint(case)
    found = look(workspace, [case])
    assert (found.cases, len(found.changed), found.unread) == (1, 1, ())
    assert fingerprint(case) == before


def test_a_case_that_another_program_has_open_is_read_and_not_locked(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real")])
    workspace.cases.close()
    with other_program() as other:
        other.ask("open", str(case))
        before = fingerprint(case)
        assert len(look(workspace, [case]).changed) == 1
        assert fingerprint(case) == before
        assert (case / "case.lock").is_file()
        other.ask("close", str(case))


def test_what_a_killed_program_left_is_read_as_it_is(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real")])
    left = image_of(case, tmp_path / "left.dnacase")
    workspace.cases.close()
    before = fingerprint(left)
    assert len(look(workspace, [left]).changed) == 1
    assert fingerprint(left) == before


def test_the_case_that_is_open_is_read_with_what_was_just_written(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [NEAREST] * 3)
    plant(workspace, [(UNKNOWN, "real")])
    found = look(workspace, [case])
    assert (found.cases, found.findings, len(found.changed)) == (1, 3, 1)
    assert workspace.cases.current.path == case
    assert not workspace.cases.current.read_only


def test_the_log_and_the_list_of_cases_say_nothing_of_a_look(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [NEAREST])
    other = make(workspace, tmp_path / "two.dnacase", [NEAREST])
    log, known = workspace.cases.log(), workspace.cases.recent()
    look(workspace, [case, other])
    assert (workspace.cases.log(), workspace.cases.recent()) == (log, known)


def test_a_case_named_twice_is_looked_at_once(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [NEAREST])
    assert look(workspace, [case, case]).findings == 1


def test_only_findings_of_that_detector_count_also_of_its_other_files(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [])
    current = workspace.detectors.current()
    stranger = replace(current.reference, digest="cd" * 32)
    plant(workspace, [(UNKNOWN, "real")], detector=stranger, conditions={"answers_digest": "0" * 64})
    assert look(workspace, [case]).findings == 0
    renewed = replace(current.reference, digest="ef" * 32)
    plant(workspace, [(UNKNOWN, "real")], detector=renewed, conditions={"answers_digest": current.answers_digest})
    assert look(workspace, [case]).findings == 1
    assert look(workspace, [case], former=Former(current.reference.digest)).findings == 0


def test_the_newest_finding_of_the_detector_counts_though_another_spoke_later(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real")])
    plant(workspace, [NEAREST])
    later = replace(workspace.detectors.current().reference, digest="cd" * 32)
    plant(workspace, [(UNKNOWN, "real")], detector=later)
    found = look(workspace, [case])
    assert (found.findings, found.changed) == (1, ())


def test_hidden_exhibits_of_a_blind_case_are_neither_read_nor_told_of(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real")] * 3, blind=True)
    ids = workspace.exhibits.ids(ExhibitFilter())
    workspace.views.write(ids[0], "undecided", "Seen.")
    seen = shas(workspace)[0]
    said = Scripted()
    found = look(workspace, [case], said)
    assert [sha256 for sha256, _ in said.asked] == [seen]
    assert (found.findings, [change.sha256 for change in found.changed]) == (1, [seen])
    assert found.unread == (
        (
            "In the case “Portraits”, 2 exhibits with such findings are hidden from A. Moreau, who has not written "
            "down a view of them. They were not looked at."
        ),
    )


def test_a_report_tells_how_many_of_its_exhibits_would_change_and_hides_what_is_hidden(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real"), (UNKNOWN, "real"), NEAREST])
    issued, _ = issue(workspace)
    workspace.cases.update(replace(workspace.cases.current.details, blind=True))
    ids = workspace.exhibits.ids(ExhibitFilter())
    for number in ids[1:]:
        workspace.views.write(number, "undecided", "Seen.")
    (report,) = look(workspace, [case]).reports
    assert (report.exhibits, report.changed, report.unread) == (3, 1, 1)
    assert [change.sha256 for change in report.changes] == [shas(workspace)[1]]
    assert report.uid == issued.uid


def test_an_issued_report_is_named_with_its_exhibits_that_would_change(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real"), NEAREST, NEAREST])
    issued, _ = issue(workspace)
    (report,) = look(workspace, [case]).reports
    assert (report.case, report.case_title, report.number) == (case, "Portraits", issued.number)
    assert (report.uid, report.revision, report.author) == (issued.uid, 1, "A. Moreau")
    assert (report.exhibits, report.changed, report.unread) == (3, 1, 0)
    assert report.issued_at == issued.issued_at


def test_a_report_rests_on_what_was_newest_when_it_was_issued(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [])
    stranger = replace(workspace.detectors.current().reference, digest="cd" * 32)
    past = datetime.now(UTC) - timedelta(hours=1)
    plant(workspace, [NEAREST] * 3, detector=stranger, made_at=past)
    issue(workspace)
    plant(workspace, [(UNKNOWN, "real")] * 3, made_at=datetime.now(UTC) + timedelta(hours=1))
    found = look(workspace, [case])
    assert (len(found.changed), found.reports) == (3, ())


def test_of_an_amended_report_only_the_one_in_force_counts(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real"), NEAREST, NEAREST])
    first, _ = issue(workspace)
    second = workspace.reports.amend(first.uid, ready_draft(workspace), "A word was wrong.").value
    (report,) = look(workspace, [case]).reports
    assert (report.uid, report.revision) == (second.uid, 2)


def test_reports_with_most_changes_come_first(workspace, tmp_path):
    one = make(workspace, tmp_path / "one.dnacase", [NEAREST] * 3)
    issue(workspace)
    two = make(workspace, tmp_path / "two.dnacase", [(UNKNOWN, "real")] * 3)
    issue(workspace)
    assert [report.changed for report in look(workspace, [one, two]).reports] == [3, 0]


def test_a_case_that_cannot_be_opened_is_said_and_the_others_are_looked_at(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [NEAREST])
    workspace.cases.close()
    damaged = shutil.copytree(case, tmp_path / "damaged.dnacase")
    (damaged / "case.sqlite").write_bytes(b"no database" * 1000)
    gone = tmp_path / "gone.dnacase"
    found = look(workspace, [gone, damaged, case])
    assert (found.cases, found.findings, len(found.unread)) == (1, 1, 2)
    assert str(gone) in found.unread[0]
    assert str(damaged) in found.unread[1]


def test_an_exhibit_that_cannot_be_read_is_said_and_does_not_count(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [(UNKNOWN, "real"), NEAREST, NEAREST])
    issue(workspace)
    said = Scripted()
    said.of[shas(workspace)[0]] = "The evidence was changed."
    found = look(workspace, [case], said)
    assert (found.findings, found.changed) == (2, ())
    assert found.unread == (
        f"In the case “Portraits”, {shas(workspace)[0][:12]} could not be read: The evidence was changed.",
    )
    assert (found.reports[0].unread, found.reports[0].changed) == (1, 0)


def test_cancelling_ends_it(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [NEAREST])
    progress, said = Progress(), Scripted()
    said.before = progress.cancel
    with pytest.raises(Cancelled):
        look(workspace, [case], said, progress=progress)
    with pytest.raises(Cancelled):
        look(workspace, [case], progress=progress)


def test_a_lost_analysis_process_is_no_unread_exhibit(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [NEAREST])
    said = Scripted()

    def lost():
        raise CoreError("The analysis process ended unexpectedly.")

    said.before = lost
    with pytest.raises(CoreError, match="ended unexpectedly"):
        look(workspace, [case], said)


def test_many_findings_are_read_in_parts(workspace, tmp_path):
    case = make(workspace, tmp_path / "one.dnacase", [NEAREST] * 19, count=19)
    said = Scripted()
    assert look(workspace, [case], said).findings == 19
    assert sorted(sha256 for sha256, _ in said.asked) == sorted(shas(workspace))
    assert all(there for _, there in said.asked)


def test_no_cases_no_consequences(workspace):
    found = look(workspace, [])
    assert (found.cases, found.findings, found.changed, found.reports, found.unread) == (0, 0, (), (), ())


def test_answers_digests_tell_files_of_one_detector(installed):
    before = answers_digest_of(read_header(installed.path))
    replace_card(installed.path, {**read_header(installed.path).card, "title": "Other words"})
    assert answers_digest_of(read_header(installed.path)) == before
