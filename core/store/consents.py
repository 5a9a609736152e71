"""Consents to learn from exhibits: entries of the log, and nothing else of the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import AuditEntry
from core.store import audit
from core.store.rechecks import KeptBytes
from core.store.session import Transaction


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody consents to.

    Attributes:
        given_by: who consents.
        reason: why these exhibits may be learned from.
        label, source: as what they are learned.
        retraining: the draft that gets copies of them.
    """

    given_by: str
    reason: str
    label: str
    source: str
    retraining: str


def add(transaction: Transaction, given: Sequence[KeptBytes], consent: Consent) -> AuditEntry:
    """Write a consent into the log, in the name of the transaction's actor.

    Args:
        transaction: the change this is.
        given: the exhibits, with the SHA-256 that their copies will have.
        consent: what was consented to.
    """
    told = {
        "given": [{"exhibit": one.exhibit_id, "sha256": one.sha256} for one in given],
        "given_by": consent.given_by,
        "reason": consent.reason,
        "label": consent.label,
        "source": consent.source,
        "purpose": "training of a detector",
        "retraining": consent.retraining,
    }
    return audit.append(transaction, audit.Act.TRAINING_CONSENT, told)
