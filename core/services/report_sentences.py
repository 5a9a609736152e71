"""Sentences that a report record states by itself, in the languages of reports; formats print them as they are."""

from __future__ import annotations

from collections.abc import Mapping

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "missing": "The evidence file of this exhibit was not in the case when it was hashed again for this report.",
        "changed": "The bytes of this exhibit are not what was taken in: their SHA-256 is another one now.",
        "unreadable": "The evidence file of this exhibit could not be read when it was hashed again for this report.",
        "exhibit": "Exhibit {label}",
        "annotated": "Annotations on exhibit {label}",
        "heat_map": "Heat map of exhibit {label} for the class {target}, layer {layer}",
        "logo": "Logo of {name}",
        "no_pictures": "{label}: the pictures of this exhibit could not be made. {why}",
        "no_map": "{label}: the heat map could not be made. {why}",
        "map_later": "{label}: the heat map is computed when the report is issued.",
        "no_statements": "{label}: what the file says of itself could not be read. {why}",
        "no_credentials": "{label}: Content Credentials were not checked. {why}",
        "no_similar": "{label}: similar exhibits are not listed. {why}",
        "remark": "{label}: {why}",
        "no_detector": "The detector {name} {version} (SHA-256 {digest} …) is not on this computer: its card, with its "
        "error rates, is missing from this report.",
        "earlier_conclusion": "{label}: {author} came to another conclusion before, on {at} ({outcome}). The newest is "
        "printed.",
        "other_propositions": "{label}: {author} concluded under other propositions than those printed; they were "
        "written down later.",
        "distance": "cosine distance {distance:.3f}",
        "outside": "an exhibit outside this report",
        "reference": "reference images of {name}",
        "volume": "This part holds the exhibits {first} to {last} of {count}. The preview shows the first part only.",
        "withheld": "details of other exhibits are left out",
        "excerpt": "The log holds {count} entries that concern this report; the newest {shown} are printed.",
        "stamp_open": "requested on {at}; no reply was brought back",
        "stamp": "entry {sequence}: stamped by {authority} at {at}",
        "turned": "Pictures of it are shown turned upright, as its EXIF orientation ({orientation}) asks.",
        "more_lines": "{count} more lines are not printed; the file says them.",
        "survives": "The answer survives {kept} of {steps} steps.",
        "in_english": "{text}",
        "earlier_top": "; top class {title}, score {score}",
        "drawn": "{number}: {kind} by {examiner}",
        "kind_rectangle": "rectangle",
        "kind_arrow": "arrow",
        "kind_text": "text",
        "entries_more": "… ({n} more)",
        "characters_more": "… ({n} characters in all)",
        "fields_more": "not printed",
        "series_holds": "{series}: it survives every step, the last being {last}.",
        "series_lost": "{series}: it is lost at {steps}, and survives the other steps.",
        "series_none": "{series}: it survives no step: {steps}.",
        "series_JPEG": "JPEG",
        "series_Resize": "Resizing",
        "series_Crop": "Cropping",
        "series_Blur": "Blur",
        "series_Noise": "Noise",
        "series_Screenshot": "Screenshots",
        "series_Light": "Light",
        "becomes_out": "cannot be judged",
        "becomes_attributed": "attributed to {title}",
        "becomes_inconclusive": "inconclusive, {title} on top",
        "becomes_unknown": "unknown architecture",
        "trained_date": "Date",
        "trained_images": "Images learned from",
        "trained_held_out_images": "Images held out",
        "trained_steps": "Steps",
        "trained_recipe_digest": "Digest of the recipe",
        "trained_data_digest": "Digest of the images",
        "trained_sources": "Sources",
        "step_decode": "The first frame is decoded to 8-bit RGB in stored orientation, without colour management.",
        "step_square": "The middle square is cut out, resized to {first} px and then to {side} px (bicubic).",
        "step_windows": "Windows of {window} × {window} untouched pixels are cut out, spread over the image as a grid "
        "of 4 × 4.",
        "step_enlarge": "Each window is enlarged {factor} times (bicubic).",
        "step_residual": "From each pixel its surroundings are subtracted (5 × 5 binomial blur); the rest is divided "
        "by 8 levels.",
        "step_scale": "The values are scaled to lie between −1 and 1.",
        "step_network": "The network gives each class a score for each window; the scores of the windows are averaged.",
        "step_spectrum": "A second voice, a classifier on the peaks of the spectrum of the residual, is added to the "
        "network with the weights on the card (network {net}, spectrum {spectrum}).",
        "threshold_generated": "calling it generated",
        "threshold_unknown": "{method}; {share} of known images pass ({on})",
    },
    "de": {
        "missing": "Die Beweisdatei dieses Beweisbilds lag nicht im Fall, als sie für diesen Bericht geprüft wurde.",
        "changed": "Die Bytes dieses Beweisbilds sind nicht die aufgenommenen: Ihr SHA-256 lautet jetzt anders.",
        "unreadable": "Die Beweisdatei dieses Beweisbilds war bei der Prüfung für diesen Bericht nicht lesbar.",
        "exhibit": "Beweisbild {label}",
        "annotated": "Anmerkungen auf Beweisbild {label}",
        "heat_map": "Wärmekarte zu Beweisbild {label} für die Klasse {target}, Schicht {layer}",
        "logo": "Logo von {name}",
        "no_pictures": "{label}: Die Bilder dieses Beweisbilds konnten nicht erzeugt werden. {why}",
        "no_map": "{label}: Die Wärmekarte konnte nicht erzeugt werden. {why}",
        "map_later": "{label}: Die Wärmekarte wird beim Ausstellen des Berichts berechnet.",
        "no_statements": "{label}: Die Angaben der Datei über sich selbst waren nicht lesbar. {why}",
        "no_credentials": "{label}: Content Credentials wurden nicht geprüft. {why}",
        "no_similar": "{label}: Ähnliche Beweisbilder sind nicht aufgeführt. {why}",
        "remark": "{label}: {why}",
        "no_detector": "Der Detektor {name} {version} (SHA-256 {digest} …) ist nicht auf diesem Rechner: Seine Karte "
        "mit den Fehlerraten fehlt in diesem Bericht.",
        "earlier_conclusion": "{label}: {author} kam zuvor, am {at}, zu einer anderen Schlussfolgerung ({outcome}). "
        "Gedruckt ist die neueste.",
        "other_propositions": "{label}: {author} hat unter anderen als den gedruckten Hypothesen geschlossen; diese "
        "wurden später niedergeschrieben.",
        "distance": "Kosinusabstand {distance:.3f}",
        "outside": "ein Beweisbild außerhalb dieses Berichts",
        "reference": "Referenzbilder von {name}",
        "volume": "Dieser Teil enthält die Beweisbilder {first} bis {last} von {count}. Die Vorschau zeigt nur den "
        "ersten Teil.",
        "withheld": "Angaben zu anderen Beweisbildern sind weggelassen",
        "excerpt": "Das Protokoll hat {count} Einträge zu diesem Bericht; die neuesten {shown} sind gedruckt.",
        "stamp_open": "angefragt am {at}; keine Antwort eingelesen",
        "stamp": "Eintrag {sequence}: gestempelt von {authority} am {at}",
        "turned": "Bilder davon sind aufrecht gedreht gezeigt, wie die EXIF-Orientierung ({orientation}) es verlangt.",
        "more_lines": "{count} weitere Zeilen sind nicht gedruckt; die Datei enthält sie.",
        "survives": "Die Antwort übersteht {kept} von {steps} Schritten.",
        "earlier_top": "; vorderste Klasse „{title}“, Punktwert {score}",
        "drawn": "{number}: {kind} von {examiner}",
        "kind_rectangle": "Rechteck",
        "kind_arrow": "Pfeil",
        "kind_text": "Text",
        "entries_more": "… ({n} weitere)",
        "characters_more": "… (zusammen {n} Zeichen)",
        "fields_more": "nicht gedruckt",
        "in_english": "Im englischen Wortlaut: „{text}“",
        "series_holds": "{series}: Sie übersteht jeden Schritt, zuletzt {last}.",
        "series_lost": "{series}: Sie geht verloren bei {steps} und übersteht die anderen Schritte.",
        "series_none": "{series}: Sie übersteht keinen Schritt: {steps}.",
        "series_JPEG": "JPEG-Kompression",
        "series_Resize": "Verkleinerung",
        "series_Crop": "Beschnitt",
        "series_Blur": "Weichzeichner",
        "series_Noise": "Rauschen",
        "series_Screenshot": "Bildschirmfotos",
        "series_Light": "Licht",
        "becomes_out": "nicht beurteilbar",
        "becomes_attributed": "zugeordnet: „{title}“",
        "becomes_inconclusive": "nicht entscheidbar, vorn „{title}“",
        "becomes_unknown": "unbekannte Architektur",
        "trained_date": "Datum",
        "trained_images": "Bilder zum Lernen",
        "trained_held_out_images": "Zurückgehaltene Bilder",
        "trained_steps": "Schritte",
        "trained_recipe_digest": "Prüfsumme des Rezepts",
        "trained_data_digest": "Prüfsumme der Bilder",
        "trained_sources": "Quellen",
        "step_decode": "Das erste Einzelbild wird in gespeicherter Ausrichtung zu RGB mit 8 Bit dekodiert, ohne "
        "Farbverwaltung.",
        "step_square": "Das mittlere Quadrat wird ausgeschnitten, auf {first} px und dann auf {side} px gebracht "
        "(bikubisch).",
        "step_windows": "Fenster von {window} × {window} unberührten Pixeln werden ausgeschnitten, als Raster von "
        "4 × 4 über das Bild verteilt.",
        "step_enlarge": "Jedes Fenster wird {factor}-fach vergrößert (bikubisch).",
        "step_residual": "Von jedem Pixel wird seine Umgebung abgezogen (binomialer Weichzeichner 5 × 5); der Rest "
        "wird durch 8 Stufen geteilt.",
        "step_scale": "Die Werte werden auf −1 bis 1 gebracht.",
        "step_network": "Das Netz gibt jeder Klasse für jedes Fenster einen Punktwert; diese werden gemittelt.",
        "step_spectrum": "Eine zweite Stimme, ein Klassifikator auf den Spitzen des Residuenspektrums, kommt mit den "
        "Gewichten der Karte zum Netz hinzu (Netz {net}, Spektrum {spectrum}).",
        "threshold_generated": "erzeugt genannt",
        "threshold_unknown": "{method}; {share} der bekannten Bilder bestehen ({on})",
    },
}


class Sentences:
    """The sentences in one language.

    Args:
        language: "en" or "de".
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = _SENTENCES[language]

    def __call__(self, key: str, **values: object) -> str:
        """A sentence with its values put in as they are."""
        return self._texts[key].format_map(values) if values else self._texts[key]
