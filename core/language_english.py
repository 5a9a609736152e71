"""What an English report should not say.

Sources: ENFSI Guideline for Evaluative Reporting (2015) on probabilities of findings and of propositions; Thompson and
Schumann, Law and Human Behavior 11 (1987), on the prosecutor's and the defence fallacy.
"""

from __future__ import annotations

from core.language_rules import maker

_rule = maker(
    {
        "percent": r"(?:%|\bper\s?cent\b)",
        "number": r"(?<![\d.,])\d{1,3}(?:[.,]\d{1,6})?\s{0,2}",
        "image": r"(?:image|photo(?:graph)?|picture|exhibit|portrait|video|file|material)",
        "the_image": r"(?:it|this|(?:the|this|said|questioned) (?:[\w'’-]{1,30} ){0,2}?<image>)",
        "source": r"(?:an? )?(?:fakes?|faked|genuine|authentic|real|original|(?:AI|computer)[-\s]generated|generated|"
        r"synthetic|artificial|forged|forgery|deepfakes?|manipulated|doctored|tampered)\b",
        "supposed": r"\b(?:if|whether|propositions?|hypothes[ei]s|suppos\w{1,8}|assum\w{1,8}|alleg\w{1,8}|claim\w{0,4}|"
        r"question|asked|had|were|case that|given that|although|support(?:s|ed)?|"
        r"(?:likely|probable|probability|likelihood|chances?|odds) that)\b",
        "files": r"\b(?:hash\w{0,5}|sha-?\d{1,3}|md5|digests?|checksums?|bytes?|bits?|pixels?|duplicates?|cop(?:y|"
        r"ies))\b",
        "findings": r"\b(?:findings?|results?|observations?|observed?|scores?|evidence)\b",
        "odds": r"(?:probability|likelihood|chances?|odds)",
    }
)
_STRENGTH = "Say how much the findings support one proposition over the other, in the words of the verbal scale."
_FINDINGS_FIRST = (
    "Speak of the findings: they are more probable if the first proposition is true than if the second is, and the "
    "likelihood ratio says how much."
)
_TRANSPOSED = (
    "This is the probability of a proposition given the findings (prosecutor's fallacy). Findings alone give none."
)
_AS_FACT = "This states the source of the image as a fact. The court decides on it, by all of the evidence."

ENGLISH = (
    _rule(
        "match",
        r"\bmatch(?:es|ed|ing)?\b",
        unless=r"<files>|\b(?:quantisation|nearest|search)\b",
        why='A "match" sounds as if the source had been found. Others could give the same findings.',
        proposal="Say what was observed, and how much it supports one proposition over the other.",
    ),
    _rule(
        "proof",
        r"\b(?:prove[sn]?|proved|proving|(?<!-)proof|conclusively|irrefutabl[ey]|conclusive (?:evidence|proof))\b",
        r"\b(?:confirm|establish|demonstrate)(?:s|es|ed)? (?:beyond|that <the_image>)\b",
        unless=r"\b(?:(?:read|taken|used|offered) as proof|proof of concept|burden of proof|proved "
        r"(?:difficult|useful|impossible))\b",
        why="Findings of this kind support a proposition to a degree; they do not prove it.",
        proposal='Write "supports", with the words of the verbal scale.',
    ),
    _rule(
        "certainty",
        r"\b(?:certainty|certainly|definitely|undoubtedly|unquestionably|indisputabl[ey]|undeniabl[ey]|doubtless|for "
        r"sure)\b",
        # "there are certain features" is another word
        r"\b(?:is|are|am|was|be|being|absolutely|almost|virtually|quite)(?: (?:absolutely|almost|virtually|quite|"
        r"very))?"
        r" (?:certain|sure)\b(?! (?!this\b|is\b|was\b|as\b|has\b)\w{2,20}s\b)",
        why="No finding is certain: the detector has measured error rates, and what nobody tested may happen.",
        proposal=_STRENGTH,
    ),
    _rule(
        "doubt",
        r"\b(?:without|beyond|no|leaves? no)~3~doubts?\b",
        r"\bcannot be (?:doubted|denied)\b",
        why="Whether a doubt remains is for the court to say, not for the examiner.",
        proposal=_STRENGTH,
    ),
    _rule(
        "100 %",
        r"(?<![\d.,])100\s{0,2}<percent>(?! of\b)",
        r"\b(?:one )?hundred per\s?cent\b(?! of\b)",
        unless=r"\b(?:zoom|quality|scaled?|opacity|size|coverage)\b",
        why="No method is right every time; the error rates of the detector were measured and are printed.",
        proposal="Give the measured rate with its interval and the number of images, or leave the percentage out.",
    ),
    _rule(
        "percentage",
        r"<number><percent>(?! of\b)~2~(?:sure|certain(?:ty)?|confiden(?:t|ce)|match|<source>)",
        r"<number><percent>(?! of\b)~2~(?:probab|likel|chance)\w{0,8}(?: (?:that (?:it|this|the)|of (?:being|it|its|"
        r"the)|it|"
        r"to)\b|(?=\s{0,3}(?:[.;)]|$)))",
        r"\b(?:certainty|confidence|authenticity|<odds> of <source>)~3~<number><percent>",
        unless=r"\bintervals?\b",
        why="A score is no probability that an image is real or generated; findings alone give no such percentage.",
        proposal="Report the score as a score, and the weight of the findings as a likelihood ratio where there is "
        "one.",
    ),
    _rule(
        "identical",
        r"\bidentical\b",
        unless=r"<files>|\b(?:conditions|settings|tiles?|detector)\b",
        why='"Identical" claims more than likeness: only bytes or pixels can be shown to be identical.',
        proposal="Say in what the two agree, and how often that is seen otherwise.",
    ),
    _rule(
        "fact",
        r"(?<!of\s)\b<the_image> (?:is|was|are|were|must be|has been)(?: (?:an?|clearly|indeed|therefore|thus|"
        r"obviously|evidently|not)){0,2} <source>",
        r"(?:(?-i:The|This) (?:[\w'’-]{1,30} )?<image>|\b(?:conclu\w{2,5}|opinion|find) that <the_image>)"
        r" (?:is|was|has been)~1~(?:generated|made|produced|created|fabricated)\b",
        unless="<supposed>",
        why=_AS_FACT,
        proposal=_STRENGTH,
    ),
    _rule(
        "prosecutor's fallacy",
        r"\b<odds> (?:is (?:[\w'’-]{1,30} ){0,3}?)?that <the_image> (?:is|was|were|be|has|had|came|comes|stems|"
        r"originates)\b",
        why=_TRANSPOSED,
        proposal=_FINDINGS_FIRST,
    ),
    _rule(
        "prosecutor's fallacy",
        r"\b(?:likely|probable) (?:than not )?that <the_image> (?:is|was|has|had|came|comes|stems)\b",
        r"\b<the_image> (?:is|was)~3~(?:likely|probabl[ey]|presumably)\b(?! (?:if|under)\b)",
        r"\b(?:probably|presumably|(?:most|very|highly|more) likely) <source>",
        unless="<findings>",
        why="This weighs the propositions themselves (prosecutor's fallacy). The examiner weighs findings under each.",
        proposal=_FINDINGS_FIRST,
    ),
    _rule(
        "prosecutor's fallacy",
        r"\b<odds> (?:of|for) (?:<source>|authenticity|forgery|manipulation)",
        r"\b<odds> (?:of|for) (?!(?:the |these |such )?(?:findings?|results?|observations?|scores?|evidence)\b)"
        r"(?:[\w'’-]{1,30} ){1,4}?given (?:the|these|this|our) <findings>",
        why=_TRANSPOSED,
        proposal=_FINDINGS_FIRST,
    ),
    _rule(
        "defence fallacy",
        r"\b(?:many|most|other|several|(?:thousands|hundreds|millions|lots) of|countless)~1~(?:images|photographs|"
        r"photos|"
        r"pictures|generators|cameras|processes) (?:would|could|might|can|may)\b",
        r"\b(?:no|little|without|any) (?:evidential|evidentiary|probative) (?:value|weight)\b",
        r"\b(?:worthless|meaningless|irrelevant) as (?:evidence|proof)\b",
        r"\bonly one of (?:the )?(?:many|several|\d{1,9}|hundreds|thousands|millions)\b",
        r"\bcould (?:just as|equally) (?:well )?(?:be|have)\b",
        why="That others could give the same findings does not take their weight away (defence fallacy): the "
        "likelihood "
        "ratio counts them.",
        proposal="Say how probable the findings are under both propositions; let the likelihood ratio carry the "
        "weight.",
    ),
    _rule(
        "machine",
        r"\b(?:algorithm|AI|artificial intelligence|computer|machine|software|program) (?:has )?(?:says?|said|"
        r"decide[sd]?|"
        r"thinks?|believes?|knows?|knew|conclude[sd]?|confirm(?:s|ed)?|determine[sd]?|recogni[sz]e[sd]?|identifie[sd]|"
        r"detect(?:s|ed)|claims?)\b",
        r"\baccording to (?:the|our|an?) (?:AI|algorithm)\b",
        r"\b(?:detector|network) (?:thinks?|believes?|confirm(?:s|ed)?|recogni[sz]e[sd]?|decide[sd]?)\b",
        unless=r"\bclocks?\b",
        why="A program computes scores; what they mean is the opinion of a named person.",
        proposal="Name the detector and its score as a result, and what you conclude from it as your opinion.",
    ),
    _rule(
        "infallible",
        r"\b(?:infallible|foolproof|error[-\s]free|zero error rate|never wrong|always (?:right|correct)|cannot be "
        r"wrong)\b",
        why="Every method errs; how often was measured for this detector.",
        proposal="Give the measured error rates with their intervals.",
    ),
    _rule(
        "exclusion",
        r"\b(?:to the exclusion of|can be (?:ruled out|excluded)|cannot be (?:anything else|explained otherwise))\b",
        r"\b(?:(?:only|sole)~1~explanation|uniquely (?:identif|attribut)\w{1,5}|individuali[sz]\w{1,8})\b",
        why="Nobody has tested every other process, so none is excluded by a finding of this kind.",
        proposal="Name the alternatives that were considered, and how probable the findings are under each.",
    ),
    _rule(
        "one-sided",
        r"\b(?:is|are|was|were|fully|entirely) consistent with\b",
        unless=r"\b(?:both|either|neither|alternative|also|equally|less|more)\b",
        why='"Consistent with" tells one side only: the findings may fit the other proposition as well.',
        proposal="Say how well the findings fit both propositions.",
    ),
)
