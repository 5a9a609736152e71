"""Reports for the tests of sealing and verifying: a real record, typeset, with its files inside, and sealed."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from core.report import as_csv, as_json, manifest, pdf, seal
from core.report.attachment import Attachment
from core.reporting import SigningChoice
from tests.core.report.records import full_record, identity


def signed_head(log, case_uid):
    """The log record with a good signature of its head."""
    from core import installation

    signer = installation.signer()
    signature = signer.sign(bytes.fromhex(log.digest)).hex()
    return replace(log, key=signer.key, public_key=signer.public_key, signature=signature)


def record(hostile=False, assets=None, **changes):
    made = full_record(hostile, assets=assets)
    made = replace(made, log=signed_head(made.log, made.front.case_uid))
    return replace(made, identity=replace(made.identity, **changes)) if changes else made


def attachments(made, folder):
    inside = [
        Attachment("record.json", "application/json", "The record", as_json.write(made)),
        Attachment("exhibits.csv", "text/csv", "A row for each exhibit", as_csv.write([made])),
    ]
    return [*inside, Attachment("manifest.json", "application/json", "Manifest", manifest.write(made, inside, folder))]


@cache
def typeset(hostile=False):
    """A report as it is before it is sealed."""
    folder = Path(mkdtemp(prefix="report-assets-"))
    made = record(hostile, folder)
    return pdf.compile_pdf(made, folder, attachments(made, folder))


def sealed(choice=None, **how):
    """A report as it is issued."""
    return seal.sign(typeset(**how), choice or SigningChoice())


__all__ = ["attachments", "identity", "record", "sealed", "typeset"]
