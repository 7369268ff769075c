"""The site that a browser loads: a page with a stylesheet, a script, an image and a download."""

import struct
import zlib

COLOUR = "rgb(1, 2, 3)"
IMAGE_SIZE = "3x2"

# What the page finds out it writes into its own list, which --dump-dom prints.
PAGE = b"""<!doctype html>
<html>
<head>
<meta charset="utf-8">
<title>interop</title>
<link rel="icon" href="image.png">
<link rel="stylesheet" href="style.css">
<script src="script.js" defer></script>
</head>
<body>
<img id="picture" src="image.png">
<ul></ul>
</body>
</html>
"""

STYLE = f"body {{ color: {COLOUR}; }}\n".encode()

SCRIPT = b"""const show = (id, text) => {
  const item = document.createElement('li');
  item.id = id;
  item.textContent = text;
  document.querySelector('ul').append(item);
};
addEventListener('load', async () => {
  show('protocol', performance.getEntriesByType('navigation')[0].nextHopProtocol);
  show('style', getComputedStyle(document.body).color);
  const picture = document.getElementById('picture');
  show('image', `${picture.naturalWidth}x${picture.naturalHeight}`);
  try {
    const body = await (await fetch('5m', {cache: 'no-store'})).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    show('digest', [...digest].map(byte => byte.toString(16).padStart(2, '0')).join(''));
  } catch (error) {
    show('digest', String(error));
  }
});
"""


def png(width, height):
    """A grey picture."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


FILES = {
    "page.html": PAGE,
    "style.css": STYLE,
    "script.js": SCRIPT,
    "image.png": png(3, 2),
}
