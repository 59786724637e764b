"""Pictures for the demonstration, drawn here so that none has to be shipped: covers of products and scans of certificates, as PNG."""
import random
import struct
import zlib

WIDTH, HEIGHT = 640, 400


class Canvas:
    """Rows of pixels; shapes are painted row by row as spans, which is all that flat drawings need."""

    def __init__(self, width, height, top, bottom):
        self.width, self.height = width, height
        self.rows = [bytearray(bytes(mix(top, bottom, y / height)) * width) for y in range(height)]

    def span(self, y, left, right, colour):
        left, right = max(0, int(left)), min(self.width, int(right))
        if 0 <= y < self.height and left < right:
            self.rows[y][left * 3:right * 3] = bytes(colour) * (right - left)

    def box(self, x, y, width, height, colour):
        for row in range(int(y), int(y + height)):
            self.span(row, x, x + width, colour)

    def disc(self, x, y, radius, colour):
        for row in range(int(y - radius), int(y + radius) + 1):
            half = max(0.0, radius * radius - (row - y) ** 2) ** 0.5
            self.span(row, x - half, x + half, colour)

    def ring(self, x, y, radius, thick, colour, inner):
        self.disc(x, y, radius, colour)
        self.disc(x, y, radius - thick, inner)

    def png(self):
        def chunk(kind, body):
            return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
        head = struct.pack('>IIBBBBB', self.width, self.height, 8, 2, 0, 0, 0)
        return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', zlib.compress(b''.join(b'\0' + row for row in self.rows), 9))
                + chunk(b'IEND', b''))


def mix(a, b, t):
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b))


HUES = [(11, 92, 173), (27, 127, 92), (179, 86, 30), (116, 68, 160), (20, 118, 134), (150, 48, 72), (78, 98, 140), (126, 110, 30)]
WHITE = (255, 255, 255)


def bars(canvas, rng, strong, soft):
    for n in range(5):
        tall = 60 + n * 34 + rng.randint(-12, 12)
        canvas.box(190 + n * 56, 320 - tall, 36, tall, strong if n == 4 else soft)
    canvas.box(170, 320, 310, 6, strong)


def paper(canvas, rng, strong, soft):
    canvas.box(220, 70, 200, 260, WHITE)
    canvas.box(244, 100, 110, 14, strong)
    for n in range(6):
        canvas.box(244, 138 + n * 26, rng.randint(90, 150), 8, soft)
    canvas.ring(382, 300, 40, 9, strong, WHITE)


def nodes(canvas, rng, strong, soft):
    centre = (320, 200)
    for x, y in ((190, 110), (450, 110), (190, 290), (450, 290), (320, 80)):
        for step in range(60):
            canvas.disc(centre[0] + (x - centre[0]) * step / 60, centre[1] + (y - centre[1]) * step / 60, 4, soft)
        canvas.disc(x, y, rng.randint(26, 34), WHITE)
        canvas.disc(x, y, 16, soft)
    canvas.disc(*centre, 56, WHITE)
    canvas.disc(*centre, 36, strong)


def lens(canvas, rng, strong, soft):
    for step in range(110):
        canvas.disc(370 + step, 250 + step, 15, strong)
    canvas.ring(310, 180, 110, 22, strong, WHITE)
    for n in range(4):
        tall = rng.randint(30, 110)
        canvas.box(250 + n * 34, 235 - tall, 22, tall, soft)


def people(canvas, rng, strong, soft):
    for x, size, colour in ((210, 44, soft), (430, 44, soft), (320, 58, strong)):
        canvas.disc(x, 150, size, colour)
        canvas.disc(x, 330, size * 1.9, colour)
    canvas.box(0, 330, WIDTH, HEIGHT - 330, mix(soft, WHITE, 0.5))


MOTIFS = [bars, paper, nodes, lens, people]
MOTIF_OF = {'property': paper, 'legal': paper, 'policy': paper, 'tax': bars, 'finance': bars, 'management': bars, 'digital': nodes, 'green': nodes,
            'testing': lens, 'design': lens, 'talent': people, 'startup': people}


def cover(category, seed):
    """The same for the same seed."""
    rng = random.Random(f'{category} {seed}')
    hue = HUES[sorted(MOTIF_OF).index(category) % len(HUES)] if category in MOTIF_OF else rng.choice(HUES)
    canvas = Canvas(WIDTH, HEIGHT, mix(hue, WHITE, 0.72), mix(hue, WHITE, 0.88))
    for _ in range(3):
        canvas.disc(rng.randint(0, WIDTH), rng.randint(0, HEIGHT), rng.randint(40, 130), mix(hue, WHITE, rng.uniform(0.74, 0.82)))
    MOTIF_OF.get(category, bars)(canvas, rng, hue, mix(hue, WHITE, 0.45))
    return canvas.png()


def certificate(seed):
    """What a scan of a certificate looks like from afar: frame, heading, lines, a red seal."""
    rng = random.Random(f'certificate {seed}')
    canvas = Canvas(600, 848, (252, 249, 240), (246, 240, 226))
    for inset, colour in ((24, (170, 132, 62)), (32, (252, 249, 240))):
        canvas.box(inset, inset, 600 - 2 * inset, 848 - 2 * inset, colour)
    canvas.box(170, 120, 260, 34, (120, 30, 30))
    for n in range(9):
        canvas.box(96, 250 + n * 46, 90, 12, (150, 140, 120))
        canvas.box(206, 250 + n * 46, rng.randint(160, 300), 12, (70, 66, 60))
    canvas.ring(430, 700, 70, 9, (196, 32, 38), (247, 242, 229))
    canvas.disc(430, 700, 16, (196, 32, 38))
    return canvas.png()
