"""What a report file says, put to the test claim by claim; pure functions of what was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.custody import Claim, ClaimState, LogHead
from core.installation import Anchor, head_is_signed
from core.report.pdf_facts import PdfFacts, PrintedFacts, RecordFacts, SealFacts, SetAnew
from core.services import log_claims, log_standing

FILE, SEAL, ATTACHMENTS, PAGES = "file is a report", "report seal", "attachments as printed", "record and pages agree"
ANEW = "pages as set anew"
SUPERSEDED, EXHIBITS, EVIDENCE = "report not superseded", "exhibits in the case", "evidence intact"
LOG, ANCHOR, ISSUED = "log head in the log", "log head anchored", "issued by this case"
OF_THE_LOG = (log_claims.UNBROKEN, log_claims.SIGNED, log_standing.AS_LOGGED)
OF_A_CASE = (SUPERSEDED, EXHIBITS, EVIDENCE, *OF_THE_LOG, LOG, ISSUED)
_SHOWN = 20


def passed(name: str, sentence: str, details: Iterable[str] = ()) -> Claim:
    """A claim that holds."""
    return Claim(name, ClaimState.PASSED, sentence, tuple(details))


def failed(name: str, sentence: str, details: Sequence[str] = ()) -> Claim:
    """A claim that does not hold; of very many faults some are shown."""
    more = len(details) - _SHOWN
    shown = (*details[:_SHOWN], f"… and {more:,} more.") if more > 0 else tuple(details)
    return Claim(name, ClaimState.FAILED, sentence, shown)


def unchecked(name: str, sentence: str, details: Iterable[str] = ()) -> Claim:
    """A claim that could not be put to the test."""
    return Claim(name, ClaimState.UNCHECKED, sentence, tuple(details))


def of_file(path: Path, facts: PdfFacts) -> Claim:
    """Whether it is a report of this program at all, and which."""
    if facts.problem:
        return failed(FILE, facts.problem)
    record = facts.record
    if record is None:
        return failed(FILE, f"{path} is a PDF file, but no report that can be verified. {facts.record_problem}")
    if record.preview or not record.uid:
        return failed(FILE, f"{path} is a preview of a report: it was never issued.")
    if facts.beside:
        return failed(
            FILE, "The file holds what no report of this program has: it was changed after it was made.", facts.beside
        )
    part = f", part {record.part} of {record.parts}" if record.parts > 1 else ""
    return passed(
        FILE,
        f"It is the report {record.uid}{part} (number {record.number}, revision {record.revision}), which says that it "
        f"was issued on {record.issued_at.replace('T', ' ')}.",
        (f"{path}: {facts.pages:,} pages, {facts.size:,} bytes, SHA-256 {facts.sha256}",),
    )


def of_seal(facts: PdfFacts, own: Mapping[str, str]) -> Claim:
    """Whether every byte is the one that was sealed, and by whom.

    Args:
        facts: what was read.
        own: SHA-256 and name of every certificate with which this installation ever sealed.
    """
    seal = facts.seal
    if seal is None:
        return unchecked(SEAL, "The seal was not checked, because the file cannot be read.")
    if seal.problem:
        return failed(SEAL, seal.problem, _about(seal) if seal.name else ())
    at = seal.signed_at.strftime("%Y-%m-%d %H:%M:%S %z") if seal.signed_at else "at an unknown time"
    whole = f"Every byte is as it was sealed on {at}, by the clock of the computer that did it"
    if seal.fingerprint in own:
        return passed(SEAL, f"{whole}, with the seal of this installation, {seal.name}.", _about(seal))
    if seal.name in own.values():
        whole += ". The seal bears the name of this installation's own seal, but it was made with another key"
    if seal.self_signed:
        vouched = (
            f"{whole}. Who sealed it is not known here: the certificate says {seal.name}, and it was made by its "
            "owner, so the name proves nothing by itself. Compare the SHA-256 of the certificate below with one that "
            "you got from that person or laboratory."
        )
        return unchecked(SEAL, vouched, _about(seal))
    top = seal.chain[-1] if len(seal.chain) > 1 else seal.issuer
    return unchecked(
        SEAL,
        f"{whole}. Who sealed it is not known here: the certificate says {seal.name} and names {seal.issuer} as who "
        f"issued it. Whether {top} is to be trusted, and whether the certificate was revoked, is not checked: this "
        "program asks no network.",
        _about(seal),
    )


def of_attachments(facts: PdfFacts) -> Claim:
    """Whether the files inside are those whose hashes the pages print and the manifest lists."""
    if facts.printed is None:
        return unchecked(ATTACHMENTS, "The files inside were not checked, because the file cannot be read as a report.")
    inside = {file.name: file.sha256 for file in facts.files}
    printed = dict(facts.printed.attachments)
    if not printed and not inside:
        return failed(ATTACHMENTS, "The pages print no hashes of files inside, and there are no files inside.")
    faults = [
        f"{name}: the pages print {count} different SHA-256 of it."
        for name, count in Counter(name for name, _ in facts.printed.attachments).items()
        if count > 1
    ]
    faults += _differences(inside, printed, "the pages print")
    if facts.manifest is None:
        faults.append(facts.manifest_problem)
    else:
        listed = dict(facts.manifest)
        faults += [
            f"{name}: the manifest lists another SHA-256 than the file inside has."
            for name, sha256 in listed.items()
            if inside.get(name, sha256) != sha256
        ]
        faults += [f"{name}: the manifest lists it, and it is not inside." for name in listed.keys() - inside.keys()]
    if faults:
        return failed(ATTACHMENTS, "The files inside are not those that the pages print.", sorted(faults))
    details = (f"{file.name}: {file.size:,} bytes, SHA-256 {file.sha256}" for file in facts.files)
    return passed(ATTACHMENTS, f"All {len(inside)} files inside have the SHA-256 that the pages print.", details)


def of_pages(facts: PdfFacts) -> Claim:
    """Whether the record inside and the pages tell of the same report."""
    record, printed = facts.record, facts.printed
    if record is None or printed is None:
        return unchecked(PAGES, "Record and pages were not compared, because there is no record that can be read.")
    faults = [*_of_every_page(record, printed, facts.pages), *_of_lines(record, printed)]
    if faults:
        return failed(PAGES, "The pages do not say what the record inside says.", faults)
    return passed(
        PAGES,
        f"Report id and log head of the record are on all {facts.pages:,} pages, and its "
        f"{len(record.exhibits):,} exhibits are the printed ones.",
    )


def of_setting(anew: SetAnew) -> Claim:
    """Whether the pages are those that the record gives when it is set anew."""
    if anew.why_not:
        return unchecked(ANEW, f"The pages were not set anew from the record inside: {anew.why_not}.")
    if anew.pages != anew.anew or anew.differing:
        listed = ", ".join(map(str, anew.differing[:_SHOWN])) + (" …" if len(anew.differing) > _SHOWN else "")
        return failed(
            ANEW,
            f"The record inside, set anew by this program, gives other pages than the file has: "
            f"{len(anew.differing):,} of {anew.pages:,} differ.",
            (f"pages that differ: {listed}", f"pages of the file: {anew.pages:,}", f"set anew: {anew.anew:,}"),
        )
    return passed(
        ANEW,
        f"The record inside was set anew by this program, and all {anew.pages:,} pages are the same in what they draw, "
        "in fonts, pictures, colours, size and links. Not compared is the seal on the first page.",
    )


def of_anchor(record: RecordFacts | None, anchors: Sequence[Anchor]) -> Claim:
    """Whether the printed log head is one that this computer noted outside the case, and whether it is signed."""
    if record is None:
        return unchecked(ANCHOR, "The log head was not compared, because there is no record that can be read.")
    head = _head(record)
    if head.signature and not head_is_signed(head):
        return failed(ANCHOR, "The signature of the printed log head is not good: head or signature were changed.")
    signed = f"It is signed with the key {head.key}." if head.signature else "It is not signed."
    noted = [anchor for anchor in anchors if anchor.sequence == head.sequence]
    other = [anchor for anchor in noted if anchor.digest != head.digest]
    if other:
        return failed(
            ANCHOR,
            f"This computer noted another log head for entry {head.sequence} of the case on "
            f"{other[0].at:%Y-%m-%d %H:%M %Z}: the log was rewritten, or the report was made from another copy.",
            (f"printed: {head.digest}", f"noted: {other[0].digest}"),
        )
    if noted:
        return passed(
            ANCHOR,
            f"This computer noted the same log head, entry {head.sequence}, outside the case on "
            f"{noted[0].at:%Y-%m-%d %H:%M %Z}. {signed}",
        )
    known = "but not this one" if anchors else "and none of this case"
    return unchecked(ANCHOR, f"This computer keeps its own notes of log heads, {known}. {signed}")


def _head(record: RecordFacts) -> LogHead:
    return LogHead(
        case_uid=record.case_uid,
        sequence=record.log_sequence,
        digest=record.log_digest,
        key=record.log_key,
        signature=record.log_signature,
        public_key=record.log_public_key,
        at=datetime.now(UTC),
    )


def _about(seal: SealFacts) -> tuple[str, ...]:
    lines = [f"certificate: {seal.name}, issued by {seal.issuer}", f"SHA-256 of the certificate: {seal.fingerprint}"]
    if seal.valid_from and seal.valid_until:
        lines.append(f"valid from {seal.valid_from:%Y-%m-%d} to {seal.valid_until:%Y-%m-%d}")
    if len(seal.chain) > 1:
        lines.append("enclosed certificates, each signed by the next: " + ", ".join(seal.chain))
    lines += [f"{name}: {text}" for name, text in (("reason", seal.reason), ("place", seal.place)) if text]
    return tuple(lines)


def _differences(inside: dict[str, str], said: dict[str, str], how: str) -> list[str]:
    faults = []
    for name in sorted(inside.keys() | said.keys()):
        if name not in said:
            faults.append(f"{name}: it is inside, and {how} no SHA-256 of it.")
        elif name not in inside:
            faults.append(f"{name}: {how} its SHA-256, and it is not inside.")
        elif inside[name] != said[name]:
            faults.append(f"{name}: {how} SHA-256 {said[name]}, and the file inside has {inside[name]}.")
    return faults


def _of_every_page(record: RecordFacts, printed: PrintedFacts, pages: int) -> list[str]:
    faults = []
    for what, without in ((f"the report id {record.uid}", printed.without_id), ("the log head", printed.without_head)):
        if without:
            some = ", ".join(map(str, without[:10])) + (" …" if len(without) > 10 else "")
            faults.append(f"{len(without):,} of {pages:,} pages do not show {what}: {some}.")
    return faults


def _of_lines(record: RecordFacts, printed: PrintedFacts) -> list[str]:
    faults = []
    if printed.report_id != record.uid:
        faults.append(f"The pages print the report id {printed.report_id or 'nowhere'}, the record has {record.uid}.")
    if (printed.log_sequence, printed.log_digest) != (record.log_sequence, record.log_digest):
        faults.append("The log head that the pages print is not the one of the record.")
    here, there = Counter(printed.exhibits), Counter(record.exhibits)
    faults += [f"{label}: printed with {sha256}, and not so in the record." for label, sha256 in sorted(here - there)]
    faults += [f"{label}: in the record with {sha256}, and not so printed." for label, sha256 in sorted(there - here)]
    return faults
