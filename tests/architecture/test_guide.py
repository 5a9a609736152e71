"""The guide names what there is: the fields of a draft, its sections, forms and formats."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from app.widgets.check_words import TITLES
from core.reporting import FORMATS, SECTIONS, LaboratoryTemplate, ReportDraft, ReportForm

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")


def named(section):
    """What stands in backquotes between a heading and the next one."""
    _, _, rest = GUIDE.partition(f"### {section}\n")
    return set(re.findall(r"`([^`]+)`", re.split(r"\n#", rest)[0]))


def test_every_field_of_a_draft_is_in_the_guide():
    known = {one.name for kind in (ReportDraft, LaboratoryTemplate) for one in fields(kind)}
    known |= {*SECTIONS, *FORMATS, *map(str, ReportForm)}
    found = named("The fields of `--draft`")
    assert not known - found
    assert not {word for word in found if re.fullmatch("[a-z]+(_[a-z]+)*", word)} - known - {"en", "de", "null"}


@pytest.mark.parametrize("name", ["docs/guide.md", "docs/retraining.md", "README.md"])
def test_every_file_that_is_linked_is_there(name):
    page = ROOT / name
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert links
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_finding_of_the_checks_is_explained():
    page = (ROOT / "docs" / "retraining.md").read_text(encoding="utf-8")
    assert not [title for title in TITLES.values() if f"| {title} |" not in page]
