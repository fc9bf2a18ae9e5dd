"""`certx demo`."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang

EPILOG = epilog(["certx demo", "certx demo --dir my-demo"], "0 2 3 9")


_ASKING: Final = (
    ("counter", "request --scenario marriage-registration --key hall-1 --out request.txt"),
    ("first", "present card.txt --request ../counter/request.txt --key mine --query first-person --out answer.json"),
    ("second", "present card.txt --request ../counter/request.txt --key mine --query second-person --out answer.json"),
    ("counter", "verify ../first/answer.json ../second/answer.json --request request.txt"),
)
"""A counter asks two people, and verifies what they show: in whose home, what is typed."""


def demo(
    folder: Annotated[Path | None, typer.Option("--dir", metavar="DIR", help="a new folder to play in")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object for each case")] = False,
    lang: Lang = None,
) -> int:
    """Play two regions end to end: Sichuan issues licences of every type, a Chongqing counter verifies."""
    import shlex  # noqa: PLC0415
    import shutil  # noqa: PLC0415 - imports are the cost of a start
    import tempfile  # noqa: PLC0415

    import orjson  # noqa: PLC0415

    from certx.app.machine.clock import now  # noqa: PLC0415
    from certx.app.registry.names import RegistryNames  # noqa: PLC0415
    from certx.app.registry.sources import LocalSources  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.demo import begin, open_hall  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.i18n import Words  # noqa: PLC0415
    from certx.render.demo import case_object, print_cases  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    folder = folder or Path(tempfile.mkdtemp(prefix="certx-demo-"))
    moment = now()
    stage = begin(folder, now=moment)
    cases = stage.play()
    open_hall(stage)
    if as_json:
        for case in cases:
            print(orjson.dumps(case_object(case)).decode())  # noqa: T201
        return Exit.OK if all(case.came_out for case in cases) else Exit.INVALID
    counter = LocalSources(load_settings({"CERTX_HOME": str(folder / "counter")}), now=moment)
    words = Words(words.language, RegistryNames(counter))
    print_cases(
        [
            (words.term(f"demo-case-{c.name}", type=c.params.get("type" if words.language == "zh" else "en", "")), c)
            for c in cases
        ],
        words,
    )
    failed = sum(not case.came_out for case in cases)
    if failed:
        print(words.term("demo-failed", count=failed), file=sys.stderr)  # noqa: T201 - talk of a command
        return Exit.INVALID
    print(words.term("demo-kept", path=folder))  # noqa: T201
    here = shlex.quote(str(Path(sys.argv[0]).absolute()))  # what follows is typed in other folders
    program = "certx" if shutil.which("certx") else here
    place = folder.resolve()
    for name in ("accepted", "altered", "expired", "revoked", "not-recognised"):
        shown = shlex.quote(str(place / "cases" / f"{name}.txt"))
        print(f"  CERTX_HOME={shlex.quote(str(place / 'counter'))} {program} verify {shown}")  # noqa: T201
    print(words.term("demo-asking"))  # noqa: T201
    for home, command in _ASKING:
        own = f"{program} {command} --passphrase-file passphrase" if "--key" in command else f"{program} {command}"
        print(f"  (cd {shlex.quote(str(place / home))}; CERTX_HOME=. {own})")  # noqa: T201
    return 0
