"""The properties of an XMP packet, read by a parser that refuses everything XML can be made to do."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from core.imaging.statement_lines import StatementLines

PACKET_LIMIT = 8 << 20  # bytes
_MOST_PARTS = 12  # of a property's path
_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SILENT = frozenset({f"{_RDF}{name}" for name in ("RDF", "Description", "Bag", "Seq", "Alt", "li")})
_NOT_PROPERTIES = frozenset({f"{_RDF}about", f"{_RDF}parseType", f"{_XML}lang"})
_EXTENDED = "xmpNote:HasExtendedXMP"
_SOURCE_TYPES = ("Iptc4xmpExt:DigitalSourceType", "Iptc4xmpExt:DigitalSourcefileType")
_PREFIXES = {
    "adobe:ns:meta/": "x",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/bj/": "xmpBJ",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef#": "stRef",
    "http://ns.adobe.com/xmp/note/": "xmpNote",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://ns.google.com/photos/1.0/": "GPhoto",
}


def read_xmp_lines(packet: bytes, lines: StatementLines) -> str:
    """Add a line for every property of a packet.

    Returns:
        The DigitalSourceType, or "".
    """
    root = _parsed(packet, lines)
    source_type = ""
    for name, text in _properties(root) if root is not None else ():
        if name in _SOURCE_TYPES and not source_type:
            source_type = text.strip()
        if name == _EXTENDED:
            lines.say("The XMP packet announces an extension, which was not read.")
        lines.add("XMP", name, text)
    return source_type


def _parsed(packet: bytes, lines: StatementLines) -> Element | None:
    if len(packet) > PACKET_LIMIT:
        lines.say(f"The XMP packet has {len(packet):,} bytes, more than {PACKET_LIMIT >> 20} MB, and was not read.")
        return None
    try:
        root: Element = ElementTree.fromstring(packet.strip(b"\0 \t\r\n"), forbid_dtd=True)
    except DefusedXmlException:
        lines.say("The XMP packet defines entities, as attacks on readers do. It was not read.")
    except (ParseError, ValueError, LookupError):
        lines.say("The XMP packet is damaged and could not be read.")
    else:
        return root
    return None


def _properties(root: Element) -> Iterator[tuple[str, str]]:
    """(path of names, text) of everything that has a text, in the order of the packet; no recursion."""
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, above = waiting.pop()
        path = above if element.tag in _SILENT or element is root else (*above, _name(element.tag))[-_MOST_PARTS:]
        for key, value in element.attrib.items():
            if key not in _NOT_PROPERTIES:
                yield "/".join((*path, _name(key))), value
        if element.text and element.text.strip():
            yield "/".join(path), element.text
        waiting += [(child, path) for child in reversed(element)]


def _name(tag: str) -> str:
    uri, _, local = tag.rpartition("}")
    if not uri:
        return local
    uri = uri[1:]
    return f"{_PREFIXES.get(uri) or uri.rstrip('/#').rpartition('/')[2]}:{local}"
