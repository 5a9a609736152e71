"""What image generators write into their files: which program, model, prompt, seed, steps and sampler made the image.

All of it is a claim: anybody can write such a text into any file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.imaging.comfy_graph import comfy_claims

Claims = Iterator[tuple[str, str]]

JSON_LIMIT = 8_000_000  # characters
_SETTINGS_LIMIT = 4_000  # characters of the line of settings, so that searching it stays quick
_MOST_SETTINGS = 40
_A1111_SETTINGS = re.compile(r"^Steps: \d+, .*$", re.MULTILINE)
_A1111_SETTING = re.compile(r'\s*(\w[\w \-/]*):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_A1111_FIRST = ("Model", "Seed", "Steps", "Sampler")
_DREAM_OPTION = re.compile(r"\s-(\w)\s?([^\s-]\S*)")
_DREAM_NAMES = {"S": "Seed", "s": "Steps", "A": "Sampler", "C": "CFG scale", "W": "Width", "H": "Height"}
_MIDJOURNEY_JOB = re.compile(r"\bJob ID: ([0-9a-f-]{36})\b")


def generator_claims(texts: Mapping[str, str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Read the texts of a file.

    Args:
        texts: PNG texts by keyword, and EXIF texts by tag name.

    Returns:
        (name, text) pairs, the program first, and remarks.
    """
    claims: list[tuple[str, str]] = []
    remarks: list[str] = []
    for form, reader in _READERS:
        try:
            claims += [(name, text) for name, text in reader(texts) if text]
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            remarks.append(
                f"The parameters in the form of {form} are damaged or too deeply nested and could not be read."
            )
    return tuple(claims), tuple(remarks)


def _a1111(texts: Mapping[str, str]) -> Claims:
    """AUTOMATIC1111's web UI and everything that writes like it: prompt, negative prompt, one line of settings."""
    for key in ("parameters", "UserComment", "ImageDescription", "JPEG comment"):
        text = texts.get(key, "")
        matches = list(_A1111_SETTINGS.finditer(text))
        if not matches:
            continue
        found = matches[-1]  # a prompt may hold such a line as well
        prompt, _, negative = text[: found.start()].partition("Negative prompt:")
        settings = dict(_a1111_settings(found.group()[:_SETTINGS_LIMIT]))
        yield "Program", _a1111_program(settings)
        yield "Prompt", prompt.strip()
        yield "Negative prompt", negative.strip()
        for name in _A1111_FIRST:
            yield name, settings.pop(name, "")
        yield from settings.items()
        return


def _a1111_settings(line: str) -> Claims:
    for number, (name, value) in enumerate(_A1111_SETTING.findall(line)):
        if number < _MOST_SETTINGS:
            yield name, value.strip().strip('"')


def _a1111_program(settings: Mapping[str, str]) -> str:
    version = settings.get("Version", "")
    if "App" in settings:
        return settings["App"]
    if version.startswith("Fooocus"):
        return version
    return "Stable Diffusion web UI (AUTOMATIC1111), or a program that writes in its form"


def _comfy(texts: Mapping[str, str]) -> Claims:
    """ComfyUI: the graph that ran (`prompt`) and the one on the canvas (`workflow`); in WebP files under EXIF tags."""
    found = {}
    for key in ("prompt", "workflow"):
        kept = (
            texts.get(tag, "").removeprefix(f"{key}:")
            for tag in ("Make", "Model", "ImageDescription", "UserComment")
            if texts.get(tag, "").startswith(f"{key}:")
        )
        text = texts.get(key) or next(kept, "")
        found[key] = _object(text) if text.lstrip().startswith("{") else {}
    yield from comfy_claims(found["prompt"], found["workflow"])


def _invoke(texts: Mapping[str, str]) -> Claims:
    """InvokeAI since version 3 (`invokeai_metadata`)."""
    if "invokeai_metadata" not in texts:
        return
    data = _object(texts["invokeai_metadata"])
    model = data.get("model")
    model = model if isinstance(model, dict) else {}
    yield "Program", f"InvokeAI {_plain(data.get('app_version'))}".strip()
    yield "Model", _plain(model.get("name", model.get("model_name")))
    yield "Prompt", _plain(data.get("positive_prompt"))
    yield "Negative prompt", _plain(data.get("negative_prompt"))
    for name, key in (("Seed", "seed"), ("Steps", "steps"), ("Sampler", "scheduler"), ("CFG scale", "cfg_scale")):
        yield name, _plain(data.get(key))
    yield "Mode", _plain(data.get("generation_mode"))


def _old_invoke(texts: Mapping[str, str]) -> Claims:
    """InvokeAI version 2 (`sd-metadata`)."""
    if "sd-metadata" not in texts:
        return
    data = _object(texts["sd-metadata"])
    image = data.get("image")
    image = image if isinstance(image, dict) else {}
    prompt = image.get("prompt")
    parts = prompt if isinstance(prompt, list) else [prompt]
    yield "Program", f"{_plain(data.get('app_id')) or 'InvokeAI'} {_plain(data.get('app_version'))}".strip()
    yield "Model", _plain(data.get("model_weights", data.get("model")))
    yield "Prompt", "\n".join(_plain(part.get("prompt") if isinstance(part, dict) else part) for part in parts)
    for name, key in (("Seed", "seed"), ("Steps", "steps"), ("Sampler", "sampler"), ("CFG scale", "cfg_scale")):
        yield name, _plain(image.get(key))


def _dream(texts: Mapping[str, str]) -> Claims:
    """InvokeAI's first form (`Dream`): a quoted prompt and options as on a command line."""
    text = texts.get("Dream", "")
    prompt, quote, options = text.removeprefix('"').rpartition('"')
    if not text or not quote:
        return
    yield "Program", "InvokeAI or an early relative (its Dream line)"
    yield "Prompt", prompt
    for option, value in _DREAM_OPTION.findall(options[:_SETTINGS_LIMIT])[:_MOST_SETTINGS]:
        if option in _DREAM_NAMES:
            yield _DREAM_NAMES[option], value


def _novelai(texts: Mapping[str, str]) -> Claims:
    """NovelAI: program and model as texts, parameters as JSON in `Comment`."""
    if texts.get("Software", "") != "NovelAI":
        return
    yield "Program", "NovelAI"
    yield "Model", texts.get("Source", "")
    data = _object(texts["Comment"]) if "Comment" in texts else {}
    yield "Prompt", _plain(data.get("prompt")) or texts.get("Description", "")
    yield "Negative prompt", _plain(data.get("uc"))
    for name, key in (("Seed", "seed"), ("Steps", "steps"), ("Sampler", "sampler"), ("CFG scale", "scale")):
        yield name, _plain(data.get(key))


def _midjourney(texts: Mapping[str, str]) -> Claims:
    """Midjourney: prompt, options and the number of the job in one text."""
    for key in ("Description", "ImageDescription"):
        job = _MIDJOURNEY_JOB.search(texts.get(key, ""))
        if job is not None:
            yield "Program", "Midjourney (its form of a job number)"
            yield "Prompt", texts[key][: job.start()].strip()
            yield "Job", job.group(1)
            return


def _object(text: str) -> dict[str, Any]:
    """A JSON object; raises `ValueError` or `RecursionError` for anything else."""
    if len(text) > JSON_LIMIT:
        raise ValueError
    data = json.loads(text)
    if not isinstance(data, dict):
        raise TypeError
    return data


def _plain(value: object) -> str:
    """Text of a single value of JSON, "" for lists and objects."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


_READERS: tuple[tuple[str, Callable[[Mapping[str, str]], Claims]], ...] = (
    ("AUTOMATIC1111's web UI", _a1111),
    ("ComfyUI", _comfy),
    ("InvokeAI", _invoke),
    ("InvokeAI 2", _old_invoke),
    ("InvokeAI's Dream line", _dream),
    ("NovelAI", _novelai),
    ("Midjourney", _midjourney),
)
