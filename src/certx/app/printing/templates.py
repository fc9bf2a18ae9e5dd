"""The templates that licences are laid out by: those that come with certx, or somebody's own in front of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from os import environ
from pathlib import Path
from typing import Final, NamedTuple

import certx
from certx.errors import UsageError

PAGES: Final = Path(certx.__path__[0]) / "render" / "pages"
"""What comes with certx."""
_EVERY_TYPE: Final = "licence.typ"
_MAIN: Final = "main.typ"
_NOWHERE: Final = "http://127.0.0.1:0"
"""A proxy that cannot be: nothing listens on port 0."""
_PROXIES: Final = {"HTTPS_PROXY": _NOWHERE, "https_proxy": _NOWHERE, "NO_PROXY": "", "no_proxy": ""}


class Template(NamedTuple):
    """A template: the folder that its file may read from, and the program that sets a licence by it."""

    path: Path
    program: bytes

    @property
    def is_shipped(self) -> bool:
        """Did it come with certx?"""
        return self.path.parent == PAGES


class Templates:
    """The template of each licence type."""

    def __init__(self, own: Path | None) -> None:
        """`own`: a file for every type, or a folder of `<type>.typ` and `licence.typ`; raises `UsageError`."""
        if own is not None and not own.exists():
            raise UsageError("template-missing", hint="template-missing", path=str(own))
        self._own = own.resolve() if own is not None else None
        self._read: dict[str, Template] = {}

    @cached_property
    def shipped(self) -> Template:
        """Ours."""
        return self._template(PAGES / _EVERY_TYPE)

    def of(self, licence_type: str) -> Template:
        """The template of a type: its own, else the folder's for every type, else ours."""
        template = self._read.get(licence_type)
        if template is None:
            template = self._read[licence_type] = self._find(licence_type)
        return template

    def _find(self, licence_type: str) -> Template:
        return self._template(next(path for path in self._places(licence_type) if path.is_file()))

    def _template(self, path: Path) -> Template:
        name = path.name.replace("\\", "\\\\").replace('"', '\\"')
        return Template(path, self._main.replace(b"TEMPLATE", f'"/{name}"'.encode(), 1))

    def _places(self, licence_type: str) -> Iterator[Path]:
        if self._own is not None and not self._own.is_dir():
            yield self._own
        elif self._own is not None:
            yield from (self._own / f"{licence_type}.typ", self._own / _EVERY_TYPE)
        yield PAGES / _EVERY_TYPE

    @cached_property
    def _main(self) -> bytes:
        text = (PAGES / _MAIN).read_bytes()
        return b"".join(line for line in text.splitlines(keepends=True) if not line.startswith(b"//"))


@contextmanager
def offline() -> Iterator[None]:
    """Within it, typst can download none of the packages that a template may name."""
    before = {name: environ.get(name) for name in _PROXIES}
    environ.update(_PROXIES)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del environ[name]
            else:
                environ[name] = value
