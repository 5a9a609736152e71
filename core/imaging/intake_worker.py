"""What a worker process does with one source: copy and hash it, decode it once, and say what it found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.domain import ImageFacts, IntakeOutcome
from core.imaging.archive import forget_archives, member_chunks
from core.imaging.digest import Digest, copy_with_digests, digests_of
from core.imaging.facts import facts_of, oddities
from core.imaging.opening import decoding, load_stored, opened_image
from core.imaging.pixels import samples_of
from core.imaging.problems import Undecodable
from core.imaging.sources import Limits, Source, file_chunks
from core.imaging.thumbnail import thumbnail_of


@dataclass(frozen=True, slots=True)
class Examined:
    """What became of one source; duplicates are for the store to notice.

    Attributes:
        source: what was examined.
        outcome: TAKEN, or why not.
        reason: a sentence for the intake report, "" when there is nothing to remark.
        digest: digests and size of the source's bytes, where it could be read to its end.
        copy: the exact copy of an image that was taken in, else None and nothing is left on the disk.
        facts: what the image says of itself, when taken in.
        thumbnail: JPEG of at most 256 × 256 pixels, when taken in.
    """

    source: Source
    outcome: IntakeOutcome
    reason: str = ""
    digest: Digest | None = None
    copy: Path | None = None
    facts: ImageFacts | None = None
    thumbnail: bytes | None = None


def examine(source: Source, copy: Path, limits: Limits) -> Examined:
    """Copy one source to the new file `copy`, hash it on the way, decode the copy and keep it if it is an image.

    Never raises for what is wrong with the source: that is an outcome.

    Raises:
        DiskFull, NoPermission, CoreError: the copy cannot be written; the intake should stop.
    """
    digest = None
    try:
        digest = copy_with_digests(source_chunks(source, limits), copy)
        examined = _look_at(source, copy, digest, limits)
    except Undecodable as problem:
        examined = Examined(source, problem.outcome, problem.sentence, digest)
    except MemoryError:
        examined = Examined(
            source,
            IntakeOutcome.TOO_LARGE,
            f"{source.label} needs more memory than a reader may use. Raise the memory per reader in the settings.",
            digest,
        )
    if examined.copy is None:
        copy.unlink(missing_ok=True)
    return examined


def hash_only(source: Source, limits: Limits) -> Digest:
    """The digests of a source that killed its decoder: it is still known by its hash.

    Raises:
        Undecodable: the source cannot be read.
    """
    return digests_of(source_chunks(source, limits))


def source_chunks(source: Source, limits: Limits) -> Iterator[bytes]:
    """The bytes of a file or archive member; raises `Undecodable` while they come."""
    if source.member is not None:
        return member_chunks(source, limits)
    forget_archives()
    return file_chunks(Path(source.path), source.label)


def _look_at(source: Source, copy: Path, digest: Digest, limits: Limits) -> Examined:
    if not digest.size_bytes:
        raise Undecodable(IntakeOutcome.EMPTY, f"{source.label} has zero bytes. Ask for another copy.")
    with opened_image(copy, limits.pixel_limit, source.label) as opened:
        samples = samples_of(opened)
        image, orientation = load_stored(opened)
        with decoding(opened.row, copy, source.label):
            facts = facts_of(opened, image, samples, orientation, source.name)
            thumbnail = thumbnail_of(image, samples, orientation)
        reason = " ".join(oddities(opened, source.name))
        return Examined(source, IntakeOutcome.TAKEN, reason, digest, copy, facts, thumbnail)
