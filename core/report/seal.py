"""Sealing a PDF report with PAdES (baseline B-B): one signature over the whole file, and no change allowed after it.

pyHanko writes the signature. What it would do to the document's metadata and version is left out, because the report is
PDF/A-3 and stays it. The time of the signature is that of this computer's clock. Nothing is asked of any network.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime

from asn1crypto import keys as key_forms
from asn1crypto import tsp as tsp_forms
from asn1crypto import x509 as certificate_forms
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.attributes import CMSAttributeProvider, SignedAttributeProviderSpec
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from core.errors import BadInput
from core.report import own_seal, seal_stamp
from core.report.certificate import Credentials
from core.report.certificate import signatory as signatory_of
from core.reporting import Signatory, SigningChoice

FIELD = "Seal"
_ISO_EXTENSIONS = "/ISO_"  # of PDF 2.0; a PDF/A-3 file is PDF 1.7
_NO_MARGINS = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MIN, AxisAlignment.ALIGN_MIN, margins=Margins())


def signatory(choice: SigningChoice) -> Signatory:
    """Whose certificate would sign now; to be asked before a report is made.

    Raises:
        BadInput, NotFound: wrong password, expired or not yet valid certificate, no PKCS#12 file, no private key in it.
        NoPermission, DiskFull, CoreError: the file cannot be read, or the installation's seal cannot be made.
    """
    return signatory_of(own_seal.chosen(choice))


def sign(pdf: bytes, choice: SigningChoice) -> bytes:
    """Seal a PDF; every byte of it is covered, and whatever is added later breaks the seal.

    Args:
        pdf: a report as it was typeset, not signed before.
        choice: whose certificate, what is written into the signature, and whether it shows on the front page.

    Raises:
        BadInput, NotFound, NoPermission, DiskFull, CoreError: as `signatory`.
    """
    credentials = own_seal.chosen(choice)
    who = signatory_of(credentials)
    now = datetime.now().astimezone()
    try:
        writer = _Writer(io.BytesIO(pdf))
    except (PdfError, ValueError) as error:
        raise BadInput("This is no PDF file that can be sealed.") from error
    field, style = SigFieldSpec(FIELD, on_page=0), None
    if choice.visible:
        words = seal_stamp.words_of(who, now, choice, language=_language(writer))
        style = StaticStampStyle(
            background=_Typeset(seal_stamp.page(words)), background_layout=_NO_MARGINS, border_width=0
        )
        field = SigFieldSpec(FIELD, on_page=0, box=seal_stamp.BOX, readable_field_name=words[0])
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=who.name,
        reason=choice.reason or None,
        location=choice.place or None,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signer = PdfSigner(metadata, signer=_signer(credentials), stamp_style=style, new_field_spec=field)
    return bytes(signer.sign_pdf(writer).getvalue())


class _Writer(IncrementalPdfFileWriter):
    """Adds a signature and nothing else: metadata and version of the PDF/A file stay what they are."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Keep the version of the file."""

    def register_extension(self, ext: DeveloperExtension) -> None:
        """Name the extensions of PDF 1.7 only."""
        if ext.prefix_name != _ISO_EXTENSIONS:
            super().register_extension(ext)

    def _update_meta(self) -> None:
        """Leave the metadata alone: pyHanko would write XMP that PDF/A does not take."""


class _Typeset(PdfContent):
    """The first page of a PDF, drawn as it is."""

    def __init__(self, page: bytes) -> None:
        self._page = page
        left, bottom, right, top = seal_stamp.BOX
        super().__init__(box=BoxConstraints(width=right - left, height=top - bottom))

    def render(self) -> bytes:
        """Take the page into the report and name it."""
        assert self.writer is not None
        self.resources.xobject["/Box"] = self.writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._page)))
        return b"/Box Do"


class _EveryCertificate(CMSAttributeProvider):
    """Signs the hash of each certificate that travels with the signature, so that none can be changed or swapped."""

    attribute_type = "signing_certificate_v2"

    def __init__(self, certificates: Iterable[certificate_forms.Certificate]) -> None:
        self._certificates = tuple(certificates)

    async def build_attr_value(self, dry_run: bool = False) -> tsp_forms.SigningCertificateV2:  # noqa: ARG002
        """RFC 5035: the signer's certificate first."""
        each = [as_signing_certificate_v2(certificate)["certs"][0] for certificate in self._certificates]
        return tsp_forms.SigningCertificateV2({"certs": each})


class _Attributes(SignedAttributeProviderSpec):
    def __init__(self, certificates: Iterable[certificate_forms.Certificate]) -> None:
        self._provider = _EveryCertificate(certificates)

    def signed_attr_providers(self, data_digest: bytes, digest_algorithm: str) -> Iterable[CMSAttributeProvider]:  # noqa: ARG002
        """What is signed beside the content type and the digest of the file."""
        return (self._provider,)


def _language(writer: IncrementalPdfFileWriter) -> str:
    return str(writer.root.get("/Lang", ""))[:2].lower()


def _signer(credentials: Credentials) -> SimpleSigner:
    key = credentials.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    each = dict.fromkeys((credentials.certificate, *credentials.chain))  # a file may name one twice
    signing, *above = map(_form, each)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(above)
    signer = SimpleSigner(signing, key_forms.PrivateKeyInfo.load(key), store, embed_roots=True)
    signer.signed_attr_prov_spec = _Attributes((signing, *above))
    return signer


def _form(certificate: x509.Certificate) -> certificate_forms.Certificate:
    return certificate_forms.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
