"""Writes tests/Heed.Tests/Data/ImageResizeReferences.json: small images and what PIL makes of them in other sizes.

Run with a Python that has PIL (9.4 was used). The pixels come from a small generator of our own, so that the file needs no image of others.
"""
import base64
import json
import pathlib

from PIL import Image


def pixels(width, height, seed):
    """Edges, slopes and noise: what filters differ on."""
    state, data = seed, bytearray()
    for y in range(height):
        for x in range(width):
            for channel in range(3):
                state = (1103515245 * state + 12345) % (1 << 31)
                noise = (state >> 16) % 256
                data.append([255 if (x // 3 + y // 2) % 2 else 0, (7 * x + 11 * y) % 256, noise][channel])
    return bytes(data)


cases = []
for (width, height), (to_width, to_height) in [((13, 9), (5, 7)), ((13, 9), (20, 17)), ((31, 24), (8, 8)), ((8, 8), (8, 3)), ((6, 10), (11, 10)), ((1, 1), (4, 3)), ((40, 3), (3, 40))]:
    data = pixels(width, height, width * 100 + height)
    image = Image.frombytes("RGB", (width, height), data)
    for resample in range(6):
        resized = image.resize((to_width, to_height), resample)
        cases.append({
            "from": [width, height], "to": [to_width, to_height], "resample": resample,
            "pixels": base64.b64encode(data).decode(), "expected": base64.b64encode(resized.tobytes()).decode(),
        })
target = pathlib.Path(__file__).parent.parent / "Heed.Tests" / "Data" / "ImageResizeReferences.json"
target.write_text("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]\n")
