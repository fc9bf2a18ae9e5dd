"""The printed licence: milliseconds and bytes of each type, cold and warm, and thousands over processes.

`python bench/printing.py [N]`: N licences of each type (default 20), every one different; then a batch of 600.
Times are of this process's processor; the batch's are of the wall.
"""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Final

from pypdfium2 import PdfDocument

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "tests")]

import world  # noqa: E402
from certx.app.printing.press import Press  # noqa: E402
from certx.render.sheet import Labels  # noqa: E402

ROOT: Final = Path(__file__).resolve().parent.parent
_BATCH: Final = 600


def licence(licence_type: str, number: int) -> str:
    """A credential like no other: its salts, digests and signature are new, and its first text is."""
    row = world.full_row(licence_type)
    if "address" in row:
        row["address"] = f"四川省成都市锦江区示例路{number}号{chr(0x4E00 + 7 * number)}栋"
    credential: str = world.issue_row(licence_type, row)
    return credential


def show_types(count: int) -> None:
    """Per type: milliseconds at least and at the median, the largest file, pages."""
    for labels in (Labels.ZH, Labels.BOTH):
        press = Press(world.CATALOGUE, world.CATALOGUE.dictionary, labels=labels)
        press.print(licence("business-licence", 0))
        print(f"\nlabels {labels:22}{'least':>6}{'ms':>6}{'kB':>7}{'pages':>7}")
        every = []
        for licence_type in world.TYPES:
            texts = [licence(licence_type, number) for number in range(count)]
            times, sizes, pages = [], [], 0
            for text in texts:
                began = process_time()
                pdf = press.print(text)
                times.append((process_time() - began) * 1e3)
                sizes.append(len(pdf))
                pages = len(PdfDocument(BytesIO(pdf)))
            every += times
            row = f"{min(times):6.1f}{median(times):6.1f}{max(sizes) / 1e3:7.1f}{pages:7}"
            print(f"{licence_type:32}{row}")
        print(f"{'all':32}{min(every):6.1f}{median(every):6.1f}")


def run(folder: Path, *options: str) -> float:
    """Seconds that the command takes."""
    program = [sys.executable, "-c", "from certx._entry import main; main()", "print", "--as", "pdf", *options]
    began = perf_counter()
    environment = {**os.environ, "CERTX_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT / "src")}
    subprocess.run(program, check=True, env=environment, stdout=subprocess.DEVNULL)
    return perf_counter() - began


def show_commands() -> None:
    """The command: one licence from a cold start, a batch in one process and on every core."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one.txt").write_text(licence("business-licence", 1))
        texts = [licence("driving-licence", number) for number in range(_BATCH)]
        (folder / "many.txt").write_text("\n".join(texts))
        one = min(run(folder, str(folder / "one.txt"), "--out", str(folder / "out")) for _ in range(7))
        print(f"\none licence, cold: {one * 1e3:.0f} ms")
        for workers in ("1", str(os.cpu_count() or 1)):
            seconds = run(folder, str(folder / "many.txt"), "--out", str(folder / workers), "--workers", workers)
            print(f"{_BATCH} licences, {workers} processes: {seconds:.1f} s, {_BATCH / seconds:.0f} a second")


if __name__ == "__main__":
    show_types(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    show_commands()
