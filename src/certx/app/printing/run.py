"""`certx print`: each credential becomes files to show, print or send; one or thousands.

Printers make the files of one credential, in this process or in several; this one alone names and writes them, so that
no two credentials share a name, and none is half-written.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Final, NamedTuple

from certx.app.machine.crew import Crew, Turn, WorkerDiedError
from certx.app.machine.files import replace_file, sweep_folder
from certx.app.printing.symbols import SymbolLook, SymbolPrinter
from certx.app.registry.sources import LocalSources
from certx.app.verifying.inputs import MOST_TOGETHER, Item, parts_joined
from certx.carrier import Carried
from certx.carrier.copies import Comparison
from certx.carrier.symbols import read
from certx.carrier.text import is_symbol
from certx.credential.parse import parse
from certx.errors import CertxError, EnvironmentFailureError, UsageError
from certx.licence.identifiers import IdentifierError, LicenceIdentifier
from certx.render.sheet import Labels
from certx.schema.catalogue import split_vct
from certx.settings import Settings

_WORTH_A_CREW: Final = 60
"""Credentials that are printed here before other processes are started."""
_CHUNK: Final = 20
_IN_FLIGHT: Final = 3
"""Chunks at work or waiting, for each process."""
_UNNAMED: Final = "licence"


class PrintForm(StrEnum):
    """What a credential is printed as."""

    PDF = "pdf"
    QR = "qr"


class PrintOrder(NamedTuple):
    """All that a run of `certx print` was told; `now` is the time at which the registry is read."""

    settings: Settings
    now: float
    form: PrintForm
    labels: Labels = Labels.ZH
    template: Path | None = None
    look: SymbolLook = SymbolLook()


class Piece(NamedTuple):
    """A file of a credential: how its name ends, and what is in it."""

    ending: str
    data: bytes


Printer = Callable[[Carried], tuple[str, list[Piece]]]
"""What the files of a credential are called, and the files; raises `CertxError` if there are none."""


class Printed(NamedTuple):
    """What became of a credential: the files written, or why there are none."""

    input: str
    files: tuple[Path, ...]
    error: CertxError | None = None


class _Made(NamedTuple):
    """The files of a credential before they are written."""

    label: str
    name: str
    pieces: list[Piece]
    error: CertxError | None = None


def print_stream(items: Iterable[Item], order: PrintOrder, folder: Path, *, workers: int) -> Iterator[Printed]:
    """Print each credential into a folder, in order.

    Raises `CertxError` if none can be printed, or one cannot be written.
    """
    taken: set[str] = set()
    if folder.exists() and not folder.is_dir():
        raise UsageError("output-not-a-folder", hint="output-exists", path=str(folder))
    sweep_folder(folder)
    items = iter(items)
    few = list(islice(items, MOST_TOGETHER + 1))
    together = parts_joined(few) if len(few) <= MOST_TOGETHER else few
    for made in _made(chain(together, items), order, workers):
        if made.error is not None:
            yield Printed(made.label, (), made.error)
            continue
        name = _free(made.name, taken)
        files = tuple(folder / f"{name}{piece.ending}" for piece in made.pieces)
        for file, piece in zip(files, made.pieces, strict=True):
            replace_file(file, piece.data, sweep=False)
        yield Printed(made.label, files)


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it if another credential of this run has it."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def _made(items: Iterator[Item], order: PrintOrder, workers: int) -> Iterator[_Made]:
    """What is to be written for each credential, by this process alone, or by several once there is enough to do."""
    printer = open_printer(order)
    yield from (_make(printer, item) for item in islice(items, _WORTH_A_CREW if workers > 1 else None))
    following = next(items, None)
    if following is None:
        return
    rest = chain([following], items)
    try:
        with Crew(workers, partial(_begin, order)) as crew:
            futures = deque(crew.give(chunk) for chunk in islice(_chunks(rest), _IN_FLIGHT * workers))
            while futures:
                made = futures.popleft().result()
                futures.extend(crew.give(chunk) for chunk in islice(_chunks(rest), 1))
                yield from made
    except WorkerDiedError as error:
        raise EnvironmentFailureError("worker-killed", hint="worker-killed") from error


def _chunks(items: Iterator[Item]) -> Iterator[list[Item]]:
    while chunk := list(islice(items, _CHUNK)):
        yield chunk


def _begin(order: PrintOrder, _turn: Turn) -> Callable[[list[Item]], list[_Made]]:
    """A process begins."""
    printer = open_printer(order)
    return lambda items: [_make(printer, item) for item in items]


def open_printer(order: PrintOrder) -> Printer:
    """What prints; raises `CertxError` if a library, a font or a template that it needs is not there."""
    sources = LocalSources(order.settings, now=order.now)
    pieces_of = _open_form(order, sources)

    comparison = Comparison(sources.dictionary)

    def printed(carried: Carried) -> tuple[str, list[Piece]]:
        carried = comparison.of(carried)
        if carried.text is None:
            assert carried.error is not None  # noqa: S101 - one of both is there
            raise carried.error
        text = carried.text
        credential = read(text, sources.dictionary) if is_symbol(text) else text
        return name_of(credential), pieces_of(credential)

    return printed


def _open_form(order: PrintOrder, sources: LocalSources) -> Callable[[str], list[Piece]]:
    if order.form is PrintForm.QR:
        symbols = SymbolPrinter(sources.dictionary, order.look)
        return lambda credential: [Piece(*piece) for piece in symbols.print(credential)]
    from certx.app.printing.press import Press  # noqa: PLC0415 - heavy, and one of several forms

    press = Press(
        sources.catalogue, sources.dictionary,
        labels=order.labels, fonts=order.settings.fonts, template=order.template,
    )  # fmt: skip
    return lambda credential: [Piece(".pdf", press.print(credential))]


def _make(printer: Printer, item: Item) -> _Made:
    """What becomes of an item; a mistake in what was asked for, such as a template's, ends the run."""
    try:
        return _Made(item.label, *printer(item.read()))
    except UsageError:
        raise
    except CertxError as error:
        return _Made(item.label, "", [], error)


def name_of(text: str) -> str:
    """What the files of a credential are called: type, serial and version of its identifier, no personal data.

    Where it has no such identifier, the type alone. Raises `CredentialError` if the text is no credential.
    """
    claims = parse(text).claims
    named = split_vct(claims.get("vct"))
    kind = named[0] if named is not None and named[0].replace("-", "").isalnum() and named[0].isascii() else _UNNAMED
    try:
        identifier = LicenceIdentifier.parse(str(claims.get("certificateIdentifier")))
    except IdentifierError:
        return kind
    return f"{kind}-{identifier.serial}-{identifier.version}"
