"""Sentences that the program kept in the case, in the language of a report, with class titles in place of names.

A finding keeps its reason in English and with the names of the card. A report says the same in its own language; what
it has no words for is quoted as it was kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.services.report_sentences import Sentences

_N = r"[-\d.e]+"
_NAMED = re.compile(r"class_")
Row = tuple[re.Pattern[str], str, str]


def _row(pattern: str, english: str, german: str) -> Row:
    return re.compile(pattern + r"\Z", re.DOTALL), english, german


_REASONS: Sequence[Row] = (
    _row(
        rf"The top score is (?P<score>{_N}) \((?P<class_top>.+)\)\. No threshold made such .+",
        "The top score is {score} ({class_top}). No threshold made such answers of this detector reliable enough, so "
        "it is not conclusive.",
        "Der höchste Punktwert ist {score} ({class_top}). Kein Schwellenwert machte solche Antworten dieses Detektors "
        "verlässlich genug; deshalb ist das Ergebnis nicht entscheidbar.",
    ),
    _row(
        rf"The top score (?P<score>{_N}) reaches the threshold of (?P<limit>{_N})\.",
        "The top score {score} reaches the threshold of {limit}.",
        "Der höchste Punktwert {score} erreicht den Schwellenwert {limit}.",
    ),
    _row(
        rf"The top score (?P<score>{_N}) \((?P<class_top>.+)\) is below this detector's threshold of (?P<limit>{_N})\.",
        "The top score {score} ({class_top}) is below this detector's threshold of {limit}.",
        "Der höchste Punktwert {score} ({class_top}) liegt unter dem Schwellenwert {limit} dieses Detektors.",
    ),
    _row(
        rf"The top score (?P<score>{_N}) \((?P<class_top>.+)\) is below the threshold of (?P<limit>{_N}) that this "
        r"detector asks for before it calls an image generated\.",
        "The top score {score} ({class_top}) is below the threshold of {limit} that this detector asks for before it "
        "calls an image generated.",
        "Der höchste Punktwert {score} ({class_top}) liegt unter dem Schwellenwert {limit}, den dieser Detektor "
        "verlangt, bevor er ein Bild erzeugt nennt.",
    ),
    _row(
        r"The network alone would name (?P<class_net>.+), the image's spectrum (?P<class_spectrum>.+)\. An image is "
        r"called generated only where both name the same\.",
        "The network alone would name {class_net}, the image's spectrum {class_spectrum}. An image is called generated "
        "only where both name the same.",
        "Das Netz allein würde {class_net} nennen, das Spektrum des Bildes {class_spectrum}. Erzeugt wird ein Bild nur "
        "genannt, wo beide dasselbe nennen.",
    ),
    _row(
        r"The image is less like the known classes than this detector allows\. (?P<middle>.*)\(measure: (?P<method>.+) "
        rf"(?P<value>{_N}), limit (?P<limit>{_N})\)",
        "The image is less like the known classes than this detector allows. {middle}(measure: {method} {value}, limit "
        "{limit})",
        "Das Bild ähnelt den bekannten Klassen weniger, als dieser Detektor zulässt. Ein anderer Generator kann es "
        "gemacht haben, oder es ist ein Foto einer Art, die der Detektor nicht kennt. (Maß: {method} {value}, Grenze "
        "{limit})",
    ),
    _row(
        r"The shorter side has (?P<length>\d+) pixels?; this detector needs (?P<limit>\d+)\.",
        "",
        "Die kürzere Seite hat {length} Pixel; dieser Detektor braucht {limit}.",
    ),
    _row(
        r"The longer side has (?P<length>\d+) pixels; this detector was trained on at most (?P<limit>\d+)\.",
        "",
        "Die längere Seite hat {length} Pixel; dieser Detektor hat an höchstens {limit} gelernt.",
    ),
    _row(
        r"The file is a JPEG of quality (?P<quality>\d+); .+ none below (?P<limit>\d+), .+",
        "",
        "Die Datei ist ein JPEG der Qualität {quality}; dieser Detektor hat an keinem unter {limit} gelernt und wurde "
        "an keinem geprüft, und was er sucht, kann verloren sein.",
    ),
    _row(
        r"The image is almost one flat colour; there is nothing in it to attribute\.",
        "",
        "Das Bild hat fast nur eine Farbe; es enthält nichts, was zugeordnet werden könnte.",
    ),
)
_WHY_NOT: Sequence[Row] = (
    _row(
        r"No propositions are written down for this exhibit, .+",
        "",
        "Zu diesem Beweisbild sind keine Hypothesen niedergeschrieben; es gibt nichts abzuwägen.",
    ),
    _row(
        r"The exhibit is not analysed yet, .+",
        "",
        "Das Beweisbild ist noch nicht untersucht; es gibt nichts, womit sich die Hypothesen abwägen ließen.",
    ),
    _row(
        r"The propositions name no architecture .+",
        "",
        "Die Hypothesen nennen keine Architektur, deren Likelihood-Quotient sie abwägen könnte.",
    ),
    _row(
        r"The image is out of the detector's scope, .+",
        "",
        "Das Bild liegt außerhalb dessen, was der Detektor beurteilen kann; nichts wägt die Hypothesen ab.",
    ),
    _row(
        r"The image resembles none of the known architectures: .+",
        "",
        "Das Bild ähnelt keiner der bekannten Architekturen: Was es gemacht hat, gehört nicht zu den Vorgängen, die "
        "ein Quotient gegeneinander abwägt.",
    ),
    _row(
        r"This finding has no likelihood ratio, and the detector .+",
        "",
        "Dieser Befund hat keinen Likelihood-Quotienten, und der Detektor ist nicht auf diesem Rechner; sein "
        "Datenblatt kann nicht sagen, warum.",
    ),
    _row(
        r"This finding has no likelihood ratio, because it is older .+",
        "",
        "Dieser Befund hat keinen Likelihood-Quotienten, weil er älter ist als die Validierung des Detektors.",
    ),
    _row(
        r"The likelihood ratio of this finding is no number .+",
        "",
        "Der Likelihood-Quotient dieses Befundes ist keine Zahl, mit der sich abwägen lässt.",
    ),
    _row(
        r"The detector was not validated for likelihood ratios\.",
        "",
        "Der Detektor wurde nicht für Likelihood-Quotienten validiert.",
    ),
    _row(
        r"The likelihood ratio of this finding is for (?P<class_named>.+), and the first proposition is about "
        r"(?P<class_wanted>.+)\. A ratio .+",
        "",
        "Der Likelihood-Quotient dieses Befundes gilt für {class_named}, und die erste Hypothese handelt von "
        "{class_wanted}. Ein Quotient für eine Architektur sagt nichts über eine andere.",
    ),
    _row(
        r"The detector has no likelihood ratio for (?P<class_wanted>.+?)\. Its card says: (?P<said>.+)",
        "",
        "Der Detektor hat keinen Likelihood-Quotienten für {class_wanted}. Sein Datenblatt sagt (im Wortlaut): "
        "„{said}“",
    ),
)
_STEPS: Sequence[Row] = (
    _row(r"JPEG quality (?P<n>.+), then (?P<then>.+)", "", "JPEG-Qualität {n}, dann {then}"),
    _row(r"JPEG quality (?P<n>.+)", "", "JPEG-Qualität {n}"),
    _row(r"a reduction to (?P<n>.+) %", "", "Verkleinerung auf {n} %"),
    _row(r"a crop of (?P<n>.+) % of the area", "", "Beschnitt um {n} % der Fläche"),
    _row(r"a crop of (?P<n>.+) % of the sides, sized back", "", "Beschnitt um {n} % der Seiten, zurückvergrößert"),
    _row(r"a crop of (?P<n>.+) % of the area(?P<rest>, .+)", "", "Beschnitt um {n} % der Fläche, zurückvergrößert"),
    _row(r"a blur of sigma (?P<n>.+) px", "", "Weichzeichner mit Sigma {n} px"),
    _row(r"a blur of kernel (?P<n>\d+) px.*", "", "Weichzeichner mit Kern {n} px"),
    _row(r"noise of variance (?P<n>.+)", "", "Rauschen der Varianz {n}"),
    _row(r"a screenshot at (?P<n>.+) %, (?P<saved>.+)", "", "Bildschirmfoto bei {n} %, {saved}"),
    _row(r"light (?P<n>\S+) stops? darker.*", "", "{n} Blendenstufen dunkler"),
    _row(r"light (?P<n>\S+) stops? brighter.*", "", "{n} Blendenstufen heller"),
)


def reason(text: str, say: Sentences, titles: Mapping[str, str]) -> str:
    """Why a verdict is what it is.

    Args:
        text: as the finding keeps it.
        say: the language of the report.
        titles: of the classes, by name.
    """
    return _said(text, say, _REASONS, titles)


def why_no_ratio(text: str, say: Sentences) -> str:
    """Why there is no likelihood ratio; its classes have their titles already."""
    return _said(text, say, _WHY_NOT, {})


def step(text: str, say: Sentences) -> str:
    """A step of a robustness check; one without words is told as it was kept."""
    return _said(text, say, _STEPS, {}, quoted=False)


def kept(text: str, say: Sentences) -> str:
    """A sentence that was kept in English and is quoted in another language."""
    return _said(text, say, (), {})


def _said(text: str, say: Sentences, rows: Sequence[Row], titles: Mapping[str, str], *, quoted: bool = True) -> str:
    if not text:
        return ""
    for pattern, english, german in rows:
        if found := pattern.match(text):
            template = german if say.language == "de" else english
            return template.format_map(_values(found, say, titles)) if template else text
    return text if say.language == "en" or not quoted else say("in_english", text=text)


def _values(found: re.Match[str], say: Sentences, titles: Mapping[str, str]) -> dict[str, str]:
    values = dict(found.groupdict(default=""))
    for key, value in values.items():
        if _NAMED.match(key):
            title = titles.get(value, value)
            values[key] = f"„{title}“" if say.language == "de" else title
        elif say.language == "de" and re.fullmatch(r"-?\d+\.\d+", value):
            values[key] = value.replace(".", ",")
    return values
