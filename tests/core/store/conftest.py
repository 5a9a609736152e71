"""A case to try things on."""

import pytest

from core.domain import CaseDetails
from core.store import opening

DETAILS = CaseDetails("Missing heiress", "2026/17", "A. Moreau", "Lab 3", "Photographs of a letter.")


@pytest.fixture
def details():
    return DETAILS


@pytest.fixture
def database(tmp_path):
    made = opening.create(tmp_path / "heiress.dnacase", DETAILS, "A. Moreau")
    yield made
    made.close()


@pytest.fixture
def closed_case(tmp_path):
    """The folder of a case at rest with three exhibits, one of them with a finding."""
    from core.store import findings
    from tests.core.store.generated import add_exhibit, finding_of

    made = opening.create(tmp_path / "heiress.dnacase", DETAILS, "A. Moreau")
    with made.writing() as transaction:
        for number in range(3):
            add_exhibit(transaction, number)
        findings.add(transaction, finding_of(1))
    made.close()
    return made.folder
