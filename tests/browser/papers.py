"""Files as institutions upload them: a PDF of several pages with a Chinese font that is not embedded, and a picture."""

import struct
import zlib


def pdf(pages):
    """Each page says its text and has a bar of its own colour, so that one sees which is shown."""
    font = 3 + 2 * len(pages)
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>",
              b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(b"%d 0 R" % (3 + 2 * n) for n in range(len(pages))))]
    for n, text in enumerate(pages):
        stream = b"%.1f 0.2 0.6 rg 60 400 400 120 re f 0 g BT /F 36 Tf 60 700 Td <%s> Tj ET" % (n / len(pages), text.encode("utf-16-be").hex().encode())
        bodies += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F %d 0 R >> >> >>" % (4 + 2 * n, font),
                   b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)]
    bodies += [b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [%d 0 R] >>" % (font + 1),
               b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor %d 0 R >>" % (font + 2),
               b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 80 >>"]
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    begin = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, begin)


def png(width=900, height=500):
    """Green, with a red corner at the top left."""
    rows = b"".join(b"\0" + b"".join(b"\xc0\x20\x20" if x < width // 5 and y < height // 5 else b"\x20\x90\x50" for x in range(width)) for y in range(height))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
