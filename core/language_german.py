"""What a German report should not say; sources as in `core.language_english`."""

from __future__ import annotations

from core.language_rules import maker

_rule = maker(
    {
        "prozent": r"(?:%|\bProzent\b)",
        "zahl": r"(?<![\d.,])\d{1,3}(?:[.,]\d{1,6})?\s{0,2}",
        "bild": r"(?:Bild(?:es)?|Fotos?|Fotografie|Photographie|Aufnahme|Datei|Asservat|Porträt|Video|Material)",
        "das_bild": r"(?:es|(?:das|dieses|die|diese|der|dieser) (?:[\w'’-]{1,30} ){0,2}?<bild>)",
        "herkunft": r"(?:eine? )?(?:gefälscht\w{0,2}|Fälschung|Fake|Deepfake|echt|authentisch|Original|manipuliert|"
        r"(?:KI|computer)[-\s]?(?:generiert|erzeugt)|generiert|künstlich(?: erzeugt)?|synthetisch|verfälscht)\b",
        "angenommen": r"\b(?:ob|falls|wenn|sofern|Hypothesen?|Annahme|angenommen|Behauptung|behaupt\w{1,6}|Frage|"
        r"gefragt|"
        r"sei|wäre|obwohl|wahrscheinlich|vermutlich|stütz(?:t|en))\b",
        "dateien": r"\b(?:Hash\w{0,10}|SHA-?\d{1,3}|MD5|Prüfsummen?|Bytes?|Bits?|Pixel\w{0,4}|Kopien?|Duplikate?|"
        r"Kacheln?)\b",
        "befunde": r"\b(?:Befund(?:e|en|es)?|Scores?|Ergebnis\w{0,4})\b",
    }
)
_STRENGTH = (
    "Schreiben Sie, wie stark die Befunde die eine Hypothese gegenüber der anderen stützen, in Worten der Skala."
)
_FINDINGS_FIRST = (
    "Sprechen Sie von den Befunden: Sie sind wahrscheinlicher, wenn die erste Hypothese zutrifft, als wenn die zweite "
    "zutrifft; um wie viel, sagt der Likelihood-Quotient."
)
_TRANSPOSED = "Das ist die Wahrscheinlichkeit einer Hypothese, nicht der Befunde (Trugschluss des Anklägers)."
_AS_FACT = "Das stellt die Herkunft des Bildes als Tatsache hin. Darüber entscheidet das Gericht nach allen Beweisen."

GERMAN = (
    _rule(
        "match",
        r"\b(?:Treffer|Match(?:es)?|Übereinstimmung(?:en)?|übereinstimm\w{2,6}|stimm(?:t|en)~6~überein)\b",
        unless=r"<dateien>|\b(?:Prüfer|Gutachter|Person|Norm|Validierung)\w{0,4}\b",
        why="Das klingt, als wäre die Quelle gefunden. Auch andere könnten dieselben Befunde ergeben.",
        proposal="Schreiben Sie, was beobachtet wurde, und wie stark es eine Hypothese gegenüber der anderen stützt.",
    ),
    _rule(
        "proof",
        r"\b(?:beweis(?:t|en)|bewies(?:en)?|Beweis(?:e|es)?|erwiesen(?:ermaßen)?|nachgewiesen(?:ermaßen)?|"
        r"unwiderlegbar)\b",
        unless=r"\bals Beweis (?:gelesen|verstanden|genommen|missverstanden)\b",
        why="Befunde dieser Art stützen eine Hypothese in einem Maß; sie beweisen sie nicht.",
        proposal="Schreiben Sie „stützt“, mit den Worten der Skala.",
    ),
    _rule(
        "certainty",
        r"\bmit~5~(?:Sicherheit|Gewissheit)(?: grenzender? Wahrscheinlichkeit)?\b",
        r"\b(?:sicherlich|gewiss|definitiv|eindeutig|zweifelsfrei|zweifellos|unzweifelhaft|unbestreitbar|fraglos|"
        r"steht fest)\b",
        r"\b(?:ist|sind|bin|war|absolut|ganz|völlig)~1~sicher\b(?! (?:gestellt|verwahrt))",
        why="Kein Befund ist sicher: Die Fehlerraten des Detektors sind gemessen, und nicht alles wurde geprüft.",
        proposal=_STRENGTH,
    ),
    _rule(
        "doubt",
        r"\b(?:ohne|außer|kein(?:en|e|erlei)?|jenseits|über)~3~Zweifels?\b",
        why="Ob ein Zweifel bleibt, entscheidet das Gericht, nicht der Sachverständige.",
        proposal=_STRENGTH,
    ),
    _rule(
        "100 %",
        r"(?<![\d.,])100\s{0,2}<prozent>(?! (?:der|aller|von)\b)",
        r"\b(?:hundert|100)\s?-?prozentig\w{0,2}\b|\b100\s?%ig",
        unless=r"\b(?:Zoom|Qualität|Skala|skaliert|Deckkraft|Größe|Maßstab)\b",
        why="Kein Verfahren hat immer recht; die Fehlerraten des Detektors sind gemessen und werden gedruckt.",
        proposal="Nennen Sie die gemessene Rate mit Intervall und Zahl der Bilder, oder lassen Sie den Prozentwert "
        "weg.",
    ),
    _rule(
        "percentage",
        r"<zahl>(?:<prozent>|%ig\w{0,2}|prozentig\w{0,2})(?! (?:der|aller|von)\b)~2~(?:sicher\w{0,4}|"
        r"wahrscheinlich(?:keit)?\b|"
        r"<herkunft>)",
        r"\b(?:Wahrscheinlichkeit|Sicherheit|Gewissheit|Echtheit)~3~<zahl><prozent>",
        unless=r"intervall|<befunde>",
        why="Ein Score ist keine Wahrscheinlichkeit, dass ein Bild echt oder erzeugt ist; Befunde allein ergeben "
        "keine.",
        proposal="Nennen Sie den Score als Score, und das Gewicht der Befunde als Likelihood-Quotienten, wo es einen "
        "gibt.",
    ),
    _rule(
        "identical",
        r"\bidentisch\w{0,2}\b",
        unless=r"<dateien>|\b(?:Bedingungen|Einstellungen|Detektor)\b",
        why="„Identisch“ sagt mehr als ähnlich: Nur von Bytes oder Pixeln lässt sich das zeigen.",
        proposal="Schreiben Sie, worin beide übereinkommen, und wie oft das sonst vorkommt.",
    ),
    _rule(
        "fact",
        r"\b<das_bild> (?:ist|war|wurde)~2~<herkunft>",
        r"\bdass <das_bild>~4~<herkunft> (?:ist|war|wurde|worden)\b",
        r"(?-i:Das|Dieses|Die|Diese) (?:[\w'’-]{1,30} )?<bild> (?:wurde|ist)~8~(?:erzeugt|generiert|hergestellt|"
        r"erstellt)\b",
        unless="<angenommen>",
        why=_AS_FACT,
        proposal=_STRENGTH,
    ),
    _rule(
        "prosecutor's fallacy",
        r"\b(?:Wahrscheinlichkeit|Chance|wahrscheinlich(?:er|ste)?)~3~dass <das_bild>\b",
        r"\b(?:Wahrscheinlichkeit|Chance) (?:der|einer|für(?: (?:die|eine))?) (?:Echtheit|Fälschung|Authentizität|"
        r"Manipulation|"
        r"Erzeugung|Generierung)\b|\b(?:Echtheits|Fälschungs)wahrscheinlichkeit\b",
        why=_TRANSPOSED,
        proposal=_FINDINGS_FIRST,
    ),
    _rule(
        "prosecutor's fallacy",
        r"\b<das_bild> (?:ist|wurde|stammt|war)~3~(?:(?:höchst)?wahrscheinlich(?:er)?|vermutlich|mutmaßlich|wohl)\b",
        r"\b(?:höchst)?wahrscheinlich <herkunft>",
        unless="<befunde>",
        why="Das wiegt die Hypothesen selbst (Trugschluss des Anklägers). Gewogen werden die Befunde unter jeder.",
        proposal=_FINDINGS_FIRST,
    ),
    _rule(
        "defence fallacy",
        r"\b(?:viele|andere|zahlreiche|tausende(?: von)?|Millionen(?: von)?|unzählige)~1~(?:Bilder|Fotos|Aufnahmen|"
        r"Generatoren|"
        r"Kameras) (?:könnten|würden|hätten)\b",
        r"\b(?:kein(?:en|e)?|ohne|wenig)~1~(?:Beweiswert|Aussagekraft)\b",
        r"\b(?:könnte|kann)~2~(?:ebenso|genauso) gut\b",
        r"\bnur ein(?:es|e|er)? (?:von|unter) (?:vielen|\d{1,9}|tausenden|Millionen)\b",
        why="Dass andere dieselben Befunde ergeben könnten, nimmt ihnen nicht das Gewicht (Trugschluss des "
        "Verteidigers).",
        proposal="Schreiben Sie, wie wahrscheinlich die Befunde unter beiden Hypothesen sind.",
    ),
    _rule(
        "machine",
        r"\b(?:KI|künstliche Intelligenz|Algorithmus|Software|Computer|Maschine|Programm) (?:sagt|sagte|erkennt|"
        r"erkannte|"
        r"entscheidet|entschied|meint|glaubt|weiß|bestätigt|hat~4~(?:erkannt|entschieden|bestätigt|festgestellt))\b",
        r"\blaut (?:(?:der|dem|einer) )?(?:KI|Algorithmus)\b",
        unless=r"\b(?:ob|Uhr)\b",
        why="Ein Programm berechnet Scores; was sie bedeuten, ist die Meinung einer namentlich genannten Person.",
        proposal="Nennen Sie den Detektor und seinen Score als Ergebnis, und Ihre Folgerung als Ihre Meinung.",
    ),
    _rule(
        "infallible",
        r"\b(?:unfehlbar|fehlerfrei|irrtumsfrei|fehlerlos|irrt (?:sich )?nie|immer richtig)\b",
        why="Jedes Verfahren irrt; wie oft, wurde für diesen Detektor gemessen.",
        proposal="Nennen Sie die gemessenen Fehlerraten mit ihren Intervallen.",
    ),
    _rule(
        "exclusion",
        r"\b(?:ausgeschlossen|auszuschließen|einzige~1~Erklärung|nicht anders (?:zu erklären|erklärbar))\b",
        why="Niemand hat jedes andere Verfahren geprüft; ein Befund dieser Art schließt keines aus.",
        proposal="Nennen Sie die erwogenen Alternativen, und wie wahrscheinlich die Befunde unter jeder sind.",
    ),
    _rule(
        "one-sided",
        r"\b(?:vereinbar|konsistent|im Einklang) mit\b",
        unless=r"\b(?:beiden?|auch|ebenso|weniger|besser|alternativ\w{0,3})\b",
        why="Das nennt nur eine Seite: Die Befunde können auch zur anderen Hypothese passen.",
        proposal="Schreiben Sie, wie gut die Befunde zu beiden Hypothesen passen.",
    ),
)
