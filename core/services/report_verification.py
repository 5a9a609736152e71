"""Whether a report is what was issued: the file against itself, and against the case it came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from core import installation
from core.custody import Claim, Verification
from core.errors import Cancelled, CoreError, EvidenceChanged
from core.imaging.evidence import require_unchanged
from core.imaging.problems import Undecodable
from core.progress import Progress
from core.report import own_seal
from core.report.certificate import fingerprint, name_of
from core.report.pdf_facts import PdfFacts, RecordFacts, SetAnew
from core.services import log_standing
from core.services import report_claims as claims
from core.services.cases import Cases
from core.services.processes import Processes
from core.store import blobs, chain, exhibits, opening, report_origin, reports
from core.store.database import Database

_NO_CASE = "Not checked without the case. Name the case that issued the report to check it."


class ReportVerification:
    """Verifies report files; no file is believed, and each is read in a process of its own.

    Args:
        cases: knows who is at work.
        processes: reads the file.
    """

    def __init__(self, cases: Cases, processes: Processes) -> None:
        self._cases = cases
        self._processes = processes

    def report(self, pdf: Path, case: Path | None = None, *, progress: Progress | None = None) -> Verification:
        """Put every claim of a report to the test; a file that is damaged or made up fails claims and raises nothing.

        Args:
            pdf: the report as a PDF file.
            case: the case that issued it; without it some claims stay unchecked.
            progress: report and cancel point.

        Raises:
            NotFound, NoPermission: the system does not let the file be read.
            Cancelled: it was cancelled.
        """
        progress = progress or Progress()
        facts = self._read(pdf.absolute(), progress)
        record = facts.record
        anchors = installation.anchors_of(record.case_uid) if record else ()
        found = [
            claims.of_file(pdf, facts),
            claims.of_seal(facts, _own_certificates()),
            claims.of_attachments(facts),
            claims.of_pages(facts),
            claims.of_setting(self._set_anew(pdf.absolute(), facts, progress)),
            *self._against_case(case, facts, progress),
            claims.of_anchor(record, anchors),
        ]
        return Verification(str(pdf), tuple(found), datetime.now(UTC))

    def _read(self, pdf: Path, progress: Progress) -> PdfFacts:
        from core.report.pdf_reading import examine  # its libraries are not needed before

        try:
            return self._processes.read(examine, pdf, progress=progress)
        except Undecodable as problem:  # the file cost its reader too much time or memory, or its life
            return PdfFacts("", 0, problem=str(problem))

    def _set_anew(self, pdf: Path, facts: PdfFacts, progress: Progress) -> SetAnew:
        from core.report.set_anew import compare  # its libraries are not needed before

        if facts.record is None or facts.printed is None:
            return SetAnew("there is no record of a report that can be read")
        order = tuple(name for name, _ in facts.printed.attachments)
        try:
            return self._processes.read(compare, pdf, facts.record.mark, order, progress=progress)
        except Cancelled:
            raise
        except CoreError as problem:  # also where it cost its process too much time or memory, or its life
            return SetAnew(str(problem).rstrip("."))

    def _against_case(self, case: Path | None, facts: PdfFacts, progress: Progress) -> tuple[Claim, ...]:
        record = facts.record
        if case is None or record is None:
            why = _NO_CASE if case is None else "Not checked, because there is no record of a report that can be read."
            return tuple(claims.unchecked(name, why) for name in claims.OF_A_CASE)
        try:
            with closing(opening.open_case(case, read_only=True, actor=self._cases.examiner)) as database:
                return tuple(_AgainstCase(database, facts, record).claims(progress))
        except Cancelled:
            raise
        except CoreError as error:
            why = "Not checked, because the case cannot be read."
            others = (claims.unchecked(name, why) for name in claims.OF_A_CASE if name != claims.ISSUED)
            return (*others, claims.failed(claims.ISSUED, f"The case cannot be read. {error}"))


class _AgainstCase:
    """The claims that need the case."""

    def __init__(self, database: Database, facts: PdfFacts, record: RecordFacts) -> None:
        self._facts, self._record = facts, record
        self._database, self._folder = database, database.folder
        with database.reading() as session:
            self._uid = chain.head(session).case_uid
            self._is_part = self._uid != record.case_uid and report_origin.case_uid(session) == record.case_uid
            log = report_origin if self._is_part else chain
            self._digest = log.digest_at(session, record.log_sequence)
            self._logged = report_origin.logged_issue(session, record.uid)
            self._report = next((one for one in reports.issued(session) if one.uid == record.uid), None)
            self._kept = [sha256 for _, sha256 in record.exhibits if exhibits.by_sha256(session, sha256)]

    def claims(self, progress: Progress) -> Iterator[Claim]:
        """All of them."""
        yield self._not_superseded()
        yield self._exhibits_kept()
        yield self._evidence(progress)
        with self._database.reading() as session:
            yield from log_standing.claims_of_log(session, self._folder, progress)
        yield self._in_the_log()
        yield self._by_this_case()

    def _not_superseded(self) -> Claim:
        report = self._report
        if report is None:
            return claims.unchecked(claims.SUPERSEDED, "Not checked: this case knows no such report.")
        if report.superseded_by:
            return claims.failed(
                claims.SUPERSEDED,
                f"The report was amended: {report.superseded_by} takes its place. Read that one; this one is kept as "
                "it was issued.",
            )
        return claims.passed(claims.SUPERSEDED, "The case has issued no other report in its place.")

    def _exhibits_kept(self) -> Claim:
        kept = set(self._kept)
        missing = [f"{label}: SHA-256 {sha256}" for label, sha256 in self._record.exhibits if sha256 not in kept]
        count = len(self._record.exhibits)
        if missing:
            sentence = f"{len(missing):,} of {count:,} exhibits of the report are not in the case."
            return claims.failed(claims.EXHIBITS, sentence, missing)
        return claims.passed(claims.EXHIBITS, f"All {count:,} exhibits of the report are in the case.")

    def _evidence(self, progress: Progress) -> Claim:
        if not self._kept:
            return claims.unchecked(claims.EVIDENCE, "Not checked: the case has none of the report's exhibits.")
        faults = []
        progress.start("Verifying exhibits", len(self._kept), "exhibits")
        for sha256 in self._kept:
            try:
                require_unchanged(blobs.evidence_path(self._folder, sha256), sha256)
            except (EvidenceChanged, Undecodable) as fault:
                faults.append(str(fault))
            progress.step()
        if faults:
            sentence = f"{len(faults):,} of {len(self._kept):,} evidence files are not what was taken in."
            return claims.failed(claims.EVIDENCE, sentence, faults)
        return claims.passed(
            claims.EVIDENCE, f"The evidence files of {len(self._kept):,} exhibits still have their SHA-256."
        )

    def _in_the_log(self) -> Claim:
        number, log = (
            self._record.log_sequence,
            "the log of the case it was taken out of" if self._is_part else "the log",
        )
        if self._digest is None and self._is_part:
            return claims.unchecked(claims.LOG, f"Entry {number} of {log} did not travel with this part of the case.")
        if self._digest is None:
            return claims.failed(
                claims.LOG, f"The log of the case has no entry {number}: it was cut, or is another one."
            )
        if self._digest != self._record.log_digest:
            return claims.failed(
                claims.LOG,
                f"Entry {number} of {log} has another digest than the report prints: the log was rewritten since, or "
                "the report was made from another copy of the case.",
                (f"printed: {self._record.log_digest}", f"in the log: {self._digest}"),
            )
        return claims.passed(claims.LOG, f"The printed log head is entry {number} of {log}.")

    def _by_this_case(self) -> Claim:
        uid, logged = self._record.uid, self._logged
        if self._is_part:
            return claims.unchecked(
                claims.ISSUED, "The report was issued by the case that this one was taken out of. Verify it there."
            )
        if self._uid != self._record.case_uid:
            return claims.failed(claims.ISSUED, f"The report {uid} names another case than {self._folder}.")
        if self._report is None or logged is None:
            return claims.failed(claims.ISSUED, f"The case {self._folder} has issued no report {uid}.")
        files = {file.sha256 for file in self._report.files} & logged.files
        if self._facts.sha256 not in files:
            return claims.failed(
                claims.ISSUED,
                f"The case has issued a report {uid}, but this is not its file: the SHA-256 is another one.",
                (f"this file: {self._facts.sha256}", *(f"issued: {sha256}" for sha256 in sorted(files))),
            )
        return claims.passed(
            claims.ISSUED,
            f"It is, byte for byte, a file that the case issued: entry {logged.sequence} of the log, "
            f"{logged.at:%Y-%m-%d %H:%M:%S} UTC, by {logged.by}.",
        )


def _own_certificates() -> dict[str, str]:
    """SHA-256 and name of every certificate with which this installation ever sealed."""
    return {fingerprint(one.certificate): name_of(one.certificate.subject) for one in own_seal.own_seals()}
