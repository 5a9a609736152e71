"""The words of a report: every language says the same things, and numbers and times are written its way."""

import re
import tomllib
from string import Formatter

import pytest

from core.custody import CustodyKind
from core.domain import Verdict
from core.errors import BadInput
from core.examine import OPINIONS, ProvenanceState
from core.paths import resources
from core.report.words import LANGUAGES, words
from core.reporting import Outcome, ReportForm, Role

FOLDER = resources() / "report"


def placeholders(text):
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name is not None})


def texts(language):
    """(section, key, number of the line) → text."""
    found = {}
    for section, keys in words(language).sections.items():
        for key, value in keys.items():
            for number, text in enumerate(value if isinstance(value, list) else [value]):
                found[section, key, number] = text
    return found


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_language_says_the_same_things(language):
    english, other = texts("en"), texts(language)
    assert sorted(set(english) ^ set(other)) == []
    odd = [place for place, text in english.items() if placeholders(text) != placeholders(other[place])]
    assert odd == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fixed_value_has_a_name(language):
    named = words(language).sections
    values = {
        "verdict": Verdict,
        "verdict_meaning": Verdict,
        "outcome": Outcome,
        "outcome_meaning": Outcome,
        "role": Role,
        "form": ReportForm,
        "custody": CustodyKind,
        "credentials": [*ProvenanceState, ""],
        "credentials_meaning": [*ProvenanceState, ""],
        "view": OPINIONS,
    }
    assert {section: sorted({*map(str, kind)} - set(named[section])) for section, kind in values.items()} == {
        section: [] for section in values
    }
    assert set(named["glossary"]) == set(named["glossary_term"])
    assert set(named["error_class"]) == set(named["error_class_meaning"])


def test_every_word_that_the_pages_ask_for_is_there():
    source = "".join((FOLDER / name).read_text() for name in ("report.html.jinja", "exhibits.html.jinja"))
    sections = words("en").sections
    asked = set(re.findall(r'\bsay\("(\w+)", "(\w+)"', source))
    asked |= {("captions", key) for key in re.findall(r'\b(?:line|stated)\("(\w+)"', source)}
    asked |= {
        ("captions", key) for one in re.findall(r"heads\(([^)]*)\)", source) for key in re.findall(r'"(\w+)"', one)
    }
    asked |= {
        (section, f"{key}_{end}")
        for section, key in re.findall(r'\bcount\("(\w+)", "(\w+)"', source)
        for end in ("one", "many")
    }
    assert len(asked) > 100
    assert sorted((section, key) for section, key in asked if key not in sections[section]) == []


def test_values_are_never_read_as_placeholders():
    said = words("en").say("plain", "asked", request="{0.__class__} {request}")
    assert said == "We were asked: {0.__class__} {request}"


def test_numbers():
    english = words("en")
    assert english.number(1234567.891, 2) == "1\u202f234\u202f567.89"
    assert english.share(0.0391) == "3.9 %"
    assert [english.ratio(value) for value in (1234, 98.765, 3.14159, 0.01234, 0.00012)] == [
        "1\u202f230",
        "98.8",
        "3.14",
        "0.0123",
        "0.00012",
    ]


def test_times_keep_their_zone():
    english = words("en")
    assert english.when("2026-11-21T10:31:05.123456+01:00") == "2026-11-21 10:31:05 +01:00"
    assert english.when("2026-11-21T09:31:05Z") == "2026-11-21 09:31:05 +00:00"
    assert english.when("2026-11-21") == "2026-11-21"
    assert english.when("") == "not stated"
    assert english.when("yesterday") == "yesterday"


def test_one_and_many():
    english = words("en")
    assert english.count("values", "exhibits", 1) == "1 exhibit"
    assert english.count("values", "exhibits", 1200) == "1\u202f200 exhibits"


def test_a_language_that_is_not_there():
    with pytest.raises(BadInput, match="not in 'fr'"):
        words("fr")


def test_a_damaged_file_is_a_sentence(tmp_path):
    (tmp_path / "en.toml").write_text("= nothing")
    with pytest.raises(BadInput, match="cannot be read from"):
        words("en", tmp_path)


def test_no_key_is_there_only_once_by_accident():
    """TOML refuses a key twice; the file is valid, and no text is empty but where it is meant to be."""
    data = tomllib.loads((FOLDER / "words" / "en.toml").read_text())
    empty = [(section, key) for section, keys in data.items() for key, text in keys.items() if not text]
    assert empty in ([], [("pdf", "machine_language")])
