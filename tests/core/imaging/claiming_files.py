"""Files that say things of themselves, built byte by byte."""

import io
import struct
import zlib

from PIL import Image

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmp:CreatorTool="Brush 3">
<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>
<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li><rdf:li>Grace</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def segment(marker, body):
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg, *segments):
    """A JPEG file with more segments right after its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(png, *chunks):
    """A PNG file with more chunks after its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def text_chunk(key, text):
    return chunk(b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + text.encode())


def iptc_set(record, number, body):
    return struct.pack(">BBBH", 0x1C, record, number, len(body)) + body


def resource(number, body):
    return b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(body)) + body + b"\0" * (len(body) % 2)


def photoshop_segment(*resources):
    return segment(0xED, b"Photoshop 3.0\0" + b"".join(resources))


def xmp_segment(packet):
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def small_jpeg(width=32, height=24):
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(stream, "JPEG")
    return stream.getvalue()


def exif_with_thumbnail(jpeg, order=">"):
    """An EXIF block whose second directory holds a thumbnail."""
    first = struct.pack(order + "H", 1) + struct.pack(order + "HHI4s", 0x0110, 2, 4, b"Cam\0")
    second_at = 8 + len(first) + 4
    second_length = 2 + 2 * 12 + 4
    data_at = second_at + second_length
    second = struct.pack(order + "H", 2)
    second += struct.pack(order + "HHII", 0x0201, 4, 1, data_at) + struct.pack(order + "HHII", 0x0202, 4, 1, len(jpeg))
    second += struct.pack(order + "I", 0)
    head = (b"MM\0\x2a" if order == ">" else b"II\x2a\0") + struct.pack(order + "I", 8)
    return b"Exif\0\0" + head + first + struct.pack(order + "I", second_at) + second + jpeg


def profile(description="Test colours"):
    """A colour profile with a description in two languages' form."""
    text = description.encode("utf-16-be")
    element = b"mluc" + bytes(4) + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(text), 28) + text
    head = bytearray(128)
    head[0:4] = struct.pack(">I", 144 + len(element))
    head[8:10] = b"\x04\x30"
    head[12:24] = b"mntrRGB XYZ "
    head[24:36] = struct.pack(">6H", 2024, 2, 3, 4, 5, 6)
    head[36:40] = b"acsp"
    return bytes(head) + struct.pack(">I", 1) + b"desc" + struct.pack(">II", 144, len(element)) + element
