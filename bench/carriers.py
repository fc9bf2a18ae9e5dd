"""QR symbols: version and size per type, time to pack and unpack, how many are read of those scanned and photographed.

`python bench/carriers.py [N]`: N pictures of each type, size and kind (default 8), made anew from the same seed each
time, with Pillow alone. What is done to them: `scan`, `photo`, `screenshot` below.
"""

import random
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from PIL import Image, ImageChops, ImageFilter
from zxingcpp import BarcodeFormat, create_barcode

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "tests")]

from carriers import DICTIONARIES, EXAMPLES, Example
from certx.carrier import pictures, symbols
from certx.carrier.packing import pack, unpack

MILLIMETRES: Final = (30, 40, 50)
_MODULE: Final = 8
"""Dots along a module before anything is done to it."""

Picture = Any


def symbol(text: str) -> Picture:
    """A symbol with its quiet zone, black and white."""
    barcode = create_barcode(text, BarcodeFormat.QRCode, ec_level="M")
    modules = memoryview(barcode.to_image(scale=1))
    side = modules.shape[0]
    small = Image.frombytes("L", (side, side), bytes(modules))
    return small.resize((side * _MODULE, side * _MODULE), Image.Resampling.NEAREST)


def on_paper(code: Picture, dots_per_mm: float, size: float, choice: random.Random) -> Picture:
    """The code as `size` millimetres of a larger sheet."""
    side = int(size * dots_per_mm)
    sheet = Image.new("L", (int(side * 1.6), int(side * 1.6)), choice.randint(235, 255))
    sheet.paste(code.resize((side, side), Image.Resampling.LANCZOS), (int(side * 0.3), int(side * 0.3)))
    return sheet


def noisy(picture: Picture, sigma: float) -> Picture:
    noise = Image.effect_noise(picture.size, sigma)
    return ImageChops.add(picture, noise, 1, -128)


def as_jpeg(picture: Picture, quality: int) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def scan(code: Picture, size: float, choice: random.Random) -> bytes:
    """300 dpi, up to 3 degrees askew, a little soft, noise, JPEG 60 to 90."""
    sheet = on_paper(code, 300 / 25.4, size, choice)
    sheet = sheet.rotate(choice.uniform(-3, 3), Image.Resampling.BICUBIC, fillcolor=240)
    sheet = sheet.filter(ImageFilter.GaussianBlur(choice.uniform(0.3, 0.9)))
    return as_jpeg(noisy(sheet, choice.uniform(2, 10)), choice.randint(60, 90))


def photo(code: Picture, size: float, choice: random.Random) -> bytes:
    """9 to 13 dots a millimetre (a page that fills 8 to 15 megapixels), turned, from the side, paper that curls,
    soft, shaded, noise, JPEG 40 to 80.
    """
    sheet = on_paper(code, choice.uniform(9, 13), size, choice)
    width, height = sheet.size
    sheet = curled(sheet, choice.uniform(0, 0.02) * width)
    sheet = sheet.rotate(choice.uniform(-15, 15), Image.Resampling.BICUBIC, fillcolor=225)
    lean = [choice.uniform(0, 0.06) * width for _ in range(8)]
    corners = (
        -lean[0], -lean[1], -lean[2], height + lean[3], width + lean[4], height + lean[5], width + lean[6], -lean[7],
    )  # fmt: skip
    sheet = sheet.transform(sheet.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=225)
    sheet = sheet.filter(ImageFilter.GaussianBlur(choice.uniform(0.4, 1.3)))
    shade = Image.linear_gradient("L").resize(sheet.size).rotate(choice.choice((0, 90, 180, 270)))
    dark = choice.uniform(0.25, 0.55)
    shade = shade.resize(sheet.size).point([int(255 - dark * value) for value in range(256)])
    return as_jpeg(noisy(ImageChops.multiply(sheet, shade), choice.uniform(2, 10)), choice.randint(40, 80))


def curled(sheet: Picture, depth: float) -> Picture:
    """Paper that bulges: strips moved up and down by half a wave."""
    from math import pi, sin

    width, height = sheet.size
    strips = 24
    edges = [round(width * place / strips) for place in range(strips + 1)]
    moved = [depth * sin(pi * place / strips) for place in range(strips + 1)]
    mesh = [
        (
            (edges[place], 0, edges[place + 1], height),
            (
                edges[place], moved[place], edges[place], height + moved[place],
                edges[place + 1], height + moved[place + 1], edges[place + 1], moved[place + 1],
            ),
        )
        for place in range(strips)
    ]  # fmt: skip
    return sheet.transform(sheet.size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC, fillcolor=225)


def screenshot(code: Picture, size: float, choice: random.Random) -> bytes:
    """As a telephone shows it, 4 dots a module at 40 mm, passed on at 0.5 to 1 of its size, JPEG 25 to 70."""
    side = int(code.width / _MODULE * 4 * size / 40 * choice.uniform(0.5, 1))
    sheet = Image.new("L", (int(side * 1.3), int(side * 1.8)), choice.choice((255, 245, 30)))
    sheet.paste(code.resize((side, side), Image.Resampling.BILINEAR), (int(side * 0.15), int(side * 0.4)))
    return as_jpeg(sheet, choice.randint(25, 70))


KINDS: Final[dict[str, Callable[[Picture, float, random.Random], bytes]]] = {
    "scan": scan, "photo": photo, "screenshot": screenshot,
}  # fmt: skip


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    full = [example for example in EXAMPLES if example.name == "full"]
    show_sizes(full)
    show_rates(full, count)


def show_sizes(full: list[Example]) -> None:
    """Per type: characters of the credential, bytes packed, symbols and their version."""
    print(
        f"{'type':34} {'text':>6} {'packed':>7} {'symbols':>8} {'version':>8} {'digits':>7} {'pack us':>8} {'unpack us':>10}"
    )
    for example in full:
        packed = pack(example.credential, DICTIONARIES)
        texts = {digits: symbols.write(example.credential, DICTIONARIES, digits=digits) for digits in (False, True)}
        versions = [max(map(version_of, texts[digits])) for digits in (False, True)]
        times = [
            timed(lambda: pack(example.credential, DICTIONARIES)),  # noqa: B023 - called at once
            timed(lambda: unpack(packed, DICTIONARIES)),  # noqa: B023 - likewise
        ]
        print(
            f"{example.type:34} {len(example.credential):6} {len(packed):7} {len(texts[False]):8} {versions[0]:8}"
            f" {versions[1]:7} {times[0]:8.0f} {times[1]:10.0f}"
        )


def version_of(text: str) -> int:
    barcode = create_barcode(text, BarcodeFormat.QRCode, ec_level="M")
    return (int(barcode.to_image(add_quiet_zones=False).shape[0]) - 17) // 4


def timed(work: Callable[[], object]) -> float:
    """Microseconds, median of 30."""
    times = []
    for _ in range(30):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return median(times) * 1e6


def show_rates(full: list[Example], count: int) -> None:
    """How many symbols are read, per size and kind, over all types; at the first try, and with the second."""
    choice = random.Random(5)  # noqa: S311 - the same pictures each time
    print(f"\n{'read, %':8}", *(f"{kind:>22}" for kind in KINDS), f"{'all':>8}  (first try / with the second)")
    wrong = 0
    for size in MILLIMETRES:
        cells, all_read, all_seen = [], 0, 0
        for distort in KINDS.values():
            first = second = seen = 0
            times = []
            for example in full:
                for text in symbols.write(example.credential, DICTIONARIES):
                    code = symbol(text)
                    for _ in range(count):
                        picture = Image.open(BytesIO(distort(code, size, choice))).convert("L")
                        start = perf_counter()
                        found = [found for found in pictures.codes_in(picture) if found is not None]
                        times.append(perf_counter() - start)
                        wrong += found not in ([], [text])
                        second += found == [text]
                        first += [seen.text for seen in pictures._read(picture) if not seen.error] == [text]
                        seen += 1
            cells.append(f"{100 * first / seen:5.1f} /{100 * second / seen:6.1f} {median(times) * 1e3:4.0f} ms")
            all_read, all_seen = all_read + second, all_seen + seen
        print(f"{size:4} mm ", *(f"{cell:>22}" for cell in cells), f"{100 * all_read / all_seen:8.1f}")
    print(f"wrong texts: {wrong}")


if __name__ == "__main__":
    main()
