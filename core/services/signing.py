"""Whose certificate signs a report: asking before it is issued, and making one."""

from __future__ import annotations

from pathlib import Path

from core.reporting import Signatory, SigningChoice

P12_SUFFIX = ".p12"


class Signing:
    """Certificates for reports. Passwords are used and never kept."""

    def signatory(self, choice: SigningChoice) -> Signatory:
        """Whose certificate a choice would sign with now.

        Raises:
            BadInput, NotFound: wrong password, expired or not yet valid certificate, no PKCS#12 file, no key in it.
            NoPermission, DiskFull, CoreError: the file cannot be read, or the installation's seal cannot be made.
        """
        from core.report import seal  # its library takes half a second, which the window does not wait for

        return seal.signatory(choice)

    def sign(self, pdf: bytes, choice: SigningChoice) -> bytes:
        """Seal a PDF; raises as `signatory`, and `BadInput` for what is no PDF."""
        from core.report import seal

        return seal.sign(pdf, choice)

    def make_certificate(self, path: Path, name: str, password: str) -> Signatory:
        """Make a self-signed certificate for three years in a new PKCS#12 file; ``.p12`` is appended when missing.

        It shows that two signatures come from the same key. Nobody but its owner vouches for the name.

        Raises:
            BadInput: no name or one that is too long, a password of less than eight characters, or the file exists.
            NoPermission, DiskFull, CoreError: the file cannot be written.
        """
        from core.report import certificate

        named = path if path.suffix else path.with_name(path.name + P12_SUFFIX)
        return certificate.make_pkcs12(named, name, password)
