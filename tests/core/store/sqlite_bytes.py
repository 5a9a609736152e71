"""What every byte of an SQLite file is for, read from the file format (sqlite.org/fileformat2.html) and nothing else.

`kinds_of(content)` names the kind of each byte. It follows the tree of every table and index from the schema's root
pages, every chain of overflow pages, and the list of free pages; a page that none of these reaches raises.
"""

IGNORED = {
    "free page": "a page that holds nothing any more; SQLite writes it anew before it reads it",
    "list of free pages, unused": "the rest of a page that lists free pages",
    "gap in a page": "bytes between the list of rows of a page and its rows",
    "gap between rows": "bytes of a row that was removed or moved, behind the four that chain the gaps",
    "fragment": "up to three bytes between two rows, too small to be listed as a gap",
    "end of an overflow page": "bytes behind the end of a long value",
    "key between two pages": "a number in an inner page of a table; any that still parts the rows does as well",
    "schema cookie": "a number that only tells open programs to read the schema again",
    "version of SQLite": "which version wrote last",
}
_HEADER = {
    range(18, 20): "journal mode",
    range(24, 28): "counter of changes",
    range(40, 44): "schema cookie",
    range(48, 52): "suggested cache size",
    range(92, 96): "counter of changes",
    range(96, 100): "version of SQLite",
}


class _File:
    def __init__(self, content):
        self.content = content
        self.size = int.from_bytes(content[16:18]) if content[16:18] != b"\0\1" else 65536
        self.usable = self.size - content[20]
        self.kinds = [None] * len(content)

    def mark(self, start, end, kind):
        for place in range(start, end):
            assert self.kinds[place] is None, f"byte {place} is {self.kinds[place]} and {kind}"
            self.kinds[place] = kind

    def number(self, place, length):
        return int.from_bytes(self.content[place : place + length])

    def varint(self, place):
        value = 0
        for length in range(1, 9):
            byte = self.content[place + length - 1]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, length
        return value << 8 | self.content[place + 8], 9


def kinds_of(content):
    """The kind of each byte of a database at rest."""
    file = _File(content)
    for places, kind in _HEADER.items():
        file.mark(places.start, places.stop, kind)
    for place in range(100):
        file.kinds[place] = file.kinds[place] or "header"
    roots = [1, *_tree(file, 1, schema=True)]
    for root in roots[1:]:
        _tree(file, root)
    _free_pages(file)
    assert None not in file.kinds, f"nothing reaches byte {file.kinds.index(None)}"
    return file.kinds


def _tree(file, root, *, schema=False):
    """Mark every page of a tree; of the schema's tree, answer the root pages it names."""
    roots, waiting = [], [root]
    while waiting:
        page = waiting.pop()
        start = (page - 1) * file.size
        head = start + (100 if page == 1 else 0)
        kind = file.content[head]
        assert kind in (2, 5, 10, 13), f"page {page} is no page of a tree"
        inner, is_table = kind in (2, 5), kind in (5, 13)
        length = 12 if inner else 8
        count = file.number(head + 3, 2)
        content_at = file.number(head + 5, 2) or 65536
        file.mark(head, head + length, "header of a page")
        file.mark(head + length, head + length + 2 * count, "list of rows")
        for index in range(count):
            cell = start + file.number(head + length + 2 * index, 2)
            if inner:
                waiting.append(file.number(cell, 4))
            payload = _cell(file, cell, inner=inner, is_table=is_table)
            if schema and not inner:
                roots.append(_root_in(payload))
        if inner:
            waiting.append(file.number(head + 8, 4))
        _gaps(file, start, head)
        file.mark(head + length + 2 * count, start + content_at, "gap in a page")
        for place in range(start + content_at, start + file.usable):
            file.kinds[place] = file.kinds[place] or "fragment"
    return [number for number in roots if number]


def _gaps(file, start, head):
    gap = file.number(head + 1, 2)
    while gap:
        following, length = file.number(start + gap, 2), file.number(start + gap + 2, 2)
        file.mark(start + gap, start + gap + 4, "chain of gaps")
        file.mark(start + gap + 4, start + gap + length, "gap between rows")
        gap = following


def _cell(file, cell, *, inner, is_table):
    """Mark one cell and what of it lies on overflow pages; answers the payload."""
    place = cell + (4 if inner else 0)
    if inner and is_table:
        _, length = file.varint(place)
        file.mark(cell, place, "row")
        file.mark(place, place + length, "key between two pages")
        return b""
    size, length = file.varint(place)
    place += length
    if is_table:
        place += file.varint(place)[1]
    usable = file.usable
    largest = usable - 35 if is_table else (usable - 12) * 64 // 255 - 23
    here = size
    if size > largest:
        least = (usable - 12) * 32 // 255 - 23
        here = least + (size - least) % (usable - 4)
        here = here if here <= largest else least
    end = place + here + (4 if here < size else 0)
    payload = file.content[place : place + here]
    file.mark(cell, max(end, cell + 4), "row")  # no cell is shorter than four bytes
    if here < size:
        payload += _overflow(file, file.number(place + here, 4), size - here)
    return payload


def _overflow(file, page, left):
    payload = b""
    while left:
        start = (page - 1) * file.size
        taken = min(left, file.usable - 4)
        file.mark(start, start + 4 + taken, "row")
        file.mark(start + 4 + taken, start + file.usable, "end of an overflow page")
        payload += file.content[start + 4 : start + 4 + taken]
        page, left = file.number(start, 4), left - taken
    return payload


def _root_in(payload):
    """The fourth column of a row of the schema."""
    record = _File(payload.ljust(100, b"\0"))
    header, at = record.varint(0)
    types = []
    while at < header:
        kind, length = record.varint(at)
        types.append(kind)
        at += length
    sizes = [(0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind] if kind < 12 else (kind - 12) // 2 for kind in types]
    start = header + sum(sizes[:3])
    return {8: 0, 9: 1}.get(types[3], int.from_bytes(payload[start : start + sizes[3]]))


def _free_pages(file):
    trunk = file.number(32, 4)
    while trunk:
        start = (trunk - 1) * file.size
        following, count = file.number(start, 4), file.number(start + 4, 4)
        file.mark(start, start + 8 + 4 * count, "list of free pages")
        file.mark(start + 8 + 4 * count, start + file.size, "list of free pages, unused")
        for index in range(count):
            leaf = (file.number(start + 8 + 4 * index, 4) - 1) * file.size
            file.mark(leaf, leaf + file.size, "free page")
        trunk = following
