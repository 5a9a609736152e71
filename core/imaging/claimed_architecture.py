"""From what a file's metadata call its generator to the name of a class."""

from __future__ import annotations

import re
import unicodedata

# Order matters: the first pattern that is found names the architecture. Names of checkpoints say what they were tuned
# from in many ways; what no pattern knows keeps its own name.
_FAMILIES: tuple[tuple[str, str], ...] = (
    (r"flux", "flux1-dev"),
    (r"sd[ ._-]?xl|stable[ ._-]*diffusion[ ._-]*xl|\bpony|illustrious|juggernaut[ ._-]*xl|realvis\w*[ ._-]*xl", "sdxl"),
    (r"\bsd[ ._-]?3|stable[ ._-]*diffusion[ ._-]*v?3", "stable-diffusion-3"),
    (r"\bsd[ ._-]?2|\bv2-[01]|stable[ ._-]*diffusion[ ._-]*v?2|768-v-ema|512-base-ema", "stable-diffusion-2"),
    (r"\bsd[ ._-]?(v?1|15|14)|\bv1-[1-5]|stable[ ._-]*diffusion[ ._-]*v?1", "stable-diffusion-1"),
    (r"midjourney|niji", "midjourney"),
    (r"dall[ ._·-]*e[ ._-]*mini|craiyon", "dalle-mini"),
    (r"dall[ ._·-]*e[ ._-]*3", "dalle-3"),
    (r"dall[ ._·-]*e[ ._-]*2", "dalle-2"),
    (r"gpt[ ._-]*(4o|image)", "gpt-image"),
    (r"imagen", "imagen"),
    (r"firefly", "firefly"),
    (r"novelai|nai[ ._-]*diffusion", "novelai"),
    (r"kandinsky", "kandinsky"),
    (r"pix[ ._-]*art", "pixart"),
    (r"latent[ ._-]*diffusion|\bldm\b", "latent-diffusion"),
    (r"stylegan[ ._-]*3", "stylegan3"),
    (r"stylegan[ ._-]*2", "stylegan2"),
    (r"stylegan", "stylegan"),
    (r"progan|progressive[ ._-]*gan", "progan"),
    (r"cycle[ ._-]*gan", "cyclegan"),
    (r"pix2pix", "pix2pix"),
    (r"qwen[ ._-]*image", "qwen-image"),
    (r"hunyuan", "hunyuan"),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in _FAMILIES)
_PROGRAMS = re.compile(r"web ?ui|comfy|invoke|fooocus|not named|diffusers|dream line", re.IGNORECASE)
_SUFFIX = re.compile(r"\.(safetensors|ckpt|pt|pth|gguf|bin)$", re.IGNORECASE)
_LONGEST = 40


def claimed_architecture(claim: str) -> str:
    """The architecture that a claim or a class name stands for, "" when it is none we know by name."""
    return next((name for pattern, name in _COMPILED if pattern.search(claim)), "")


def suggested_class(claim: str) -> str:
    """A class name for images that carry a claim; "" where it names a program that runs many generators."""
    if known := claimed_architecture(claim):
        return known
    return "" if _PROGRAMS.search(claim) else class_name(_SUFFIX.sub("", claim.replace("\\", "/").rpartition("/")[2]))


def class_name(text: str) -> str:
    """The text as a class or source name that can be a folder: small letters, digits, dots and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.")[:_LONGEST].strip("-.")
