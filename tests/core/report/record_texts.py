"""Texts that attack every format, and little pictures, for made-up report records."""

import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image

from core.report.record import Asset

HOSTILE = {
    "html": "<script>alert('x')</script><img src=x onerror=alert(1)>&amp;</td></html>",
    "typst": '#import "/etc/passwd": * #eval("1+1") $x^2$ *bold* _it_ `raw` \\ ] [ ) ( @ref <label> = Head // no /* no',
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+SUM(1;2)",
    "at": "@SUM(A1)\t=1+1\r\n-2+3",
    "bidi": "invoice\u202egnp.exe\u2066isolated\u2069\u200f\u200b\ufeff",
    "control": "bell\x07 null\x00 escape\x1b[31m tab\t line\nreturn\r delete\x7f",
    "emoji": "holiday \U0001f3d6\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467 "
    "\u6f22\u5b57 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u0e44\u0e17\u0e22",
    "surrogate": "broken\udcff\udc80name.jpg",
    "long": "A" * 2000 + " very long " + "b\u00e4" * 995,
    "combining": "Z\u0351\u036b\u0343a\u0300\u0301l\u0334g\u0335o\u0336",
}
CLASSES = (
    ("real", "Real photograph"),
    ("stylegan2", "StyleGAN2"),
    ("stable-diffusion-1", "Stable Diffusion 1"),
    ("flux1-dev", "FLUX.1 dev"),
)
DIGEST, OTHER_DIGEST = "58ed77c6" * 8, "b71166dd" * 8
HEAD = "0123456789abcdef" * 4
NOW = "2026-11-21T10:31:00+01:00"


def picture_bytes(seed, width=160, height=120, form="PNG"):
    """A real little picture; the same bytes for the same seed."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    stream = io.BytesIO()
    small.resize((width, height), Image.Resampling.BICUBIC).save(stream, form)
    return stream.getvalue()


def asset(name, alt, seed, folder=None):
    """An asset whose picture is written into `folder` where one is given; the name's ending says PNG or JPEG."""
    data = picture_bytes(seed, form="PNG" if name.endswith(".png") else "JPEG")
    if folder is not None:
        Path(folder, name).write_bytes(data)
    return Asset(name, alt, hashlib.sha256(data).hexdigest())


def sha256_of(number):
    return hashlib.sha256(b"exhibit %d" % number).hexdigest()


class Texts:
    """Plain texts, or hostile ones in their places."""

    def __init__(self, hostile):
        self.hostile = hostile

    def __call__(self, kind, plain):
        return HOSTILE[kind] if self.hostile else plain

    def turn(self, number, plain):
        """One hostile text after the other, so that a few exhibits carry all kinds."""
        kinds = tuple(HOSTILE)
        return HOSTILE[kinds[number % len(kinds)]] if self.hostile else plain
