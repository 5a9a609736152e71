"""A small case that was worked on: exhibits and their bytes, findings, notes, tags, custody; older in part."""

import atexit
import hashlib
import random
import shutil
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from core.custody import CustodyForm, CustodyKind
from core.domain import CaseDetails, ImageFacts
from core.store import blobs, custody, exhibits, findings, groups, opening, views
from tests.core.services.tampering import user_folder
from tests.core.store.bundles import as_of
from tests.core.store.generated import finding_of

DETAILS = CaseDetails("Missing heiress", "2026/17", "A. Moreau", "Lab 3")


def lived_in_case(folder, *, exhibit_count=6, since="0002"):
    """Make the case in `folder`; the first half of it is of the revision `since` and brought up to date."""
    draw = random.Random(17)
    with closing(opening.create(folder, DETAILS, "A. Moreau")) as made:
        _take(made, range(exhibit_count // 2), draw)
        with made.writing() as transaction:
            exhibits.set_note(transaction, 1, "The hands are odd.")
    as_of(made.folder, since)
    with closing(opening.open_case(made.folder, actor="B. Later")) as again:
        _take(again, range(exhibit_count // 2, exhibit_count), draw)
        with again.writing() as transaction:
            exhibits.set_note(transaction, 2, "Bought at a flea market. " * 30)
            exhibits.set_note(transaction, 3, "To be removed again. " * 1500)  # leaves free pages behind
            exhibits.tag(transaction, [1, 2, 4], 3, True)
            custody.add(transaction, _form(), None)
            views.add(transaction, 1, "generated", "Three ears.")
            groups.make(transaction, "hands", [1, 2])
        with again.writing() as transaction:
            exhibits.set_note(transaction, 3, "")
            exhibits.tag(transaction, [2], 3, False)
    return made.folder


@cache
def _made_once():
    place = Path(tempfile.mkdtemp(prefix="lived-in-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    with user_folder(place / "user"):
        return lived_in_case(place / "heiress.dnacase"), place / "user"


def copy_of_lived_in_case(folder, home):
    """A copy of such a case, and of what its user remembers of it in the folder `home`; quicker than making one."""
    case, user = _made_once()
    shutil.copytree(user, home, dirs_exist_ok=True)
    return shutil.copytree(case, folder / case.name)


def _take(database, numbers, draw):
    for number in numbers:
        content = draw.randbytes(700 + 300 * number)
        sha256 = hashlib.sha256(content).hexdigest()
        incoming = blobs.incoming_path(database.folder)
        incoming.write_bytes(content)
        blobs.keep(database.folder, incoming, sha256)
        with database.writing() as transaction:
            taken = exhibits.add(
                transaction,
                sha256=sha256,
                md5=hashlib.md5(content).hexdigest(),
                size_bytes=len(content),
                name=f"IMG_{number}.jpg",
                path=f"/media/usb/IMG_{number}.jpg",
                facts=ImageFacts("JPEG", "RGB 8 bit", 640, 480, metadata=(("Model", "K-1"),)),
            )
            findings.add(transaction, finding_of(number, exhibit_sha256=sha256, feature=draw.randbytes(1024)))
        assert taken.new


def _form():
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    return CustodyForm(CustodyKind.RECEIVED, at, "C. Officer", "A. Moreau", "2026/17-A3", "0815, unbroken")
