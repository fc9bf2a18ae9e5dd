"""Setting a machine up: its region, its registry, and the root of trust that somebody vouched for."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from certx.app.machine.files import replace_file
from certx.errors import DocumentError, EnvironmentFailureError, UsageError, cause_of
from certx.schema.files import shipped_schemas
from certx.settings import FILE_NAME, Settings, read_settings
from certx.trust.folder import read_file, read_folder, region_folders
from certx.trust.generations import fingerprint_of

_FINGERPRINT: Final = re.compile(r"sha256:[0-9a-f]{64}")
_OURS: Final = ("region", "registry", "root", "lang")
"""The settings that this writes; those that a person added stay."""
_ROOTS_SEARCHED: Final = 256
_ADDRESS: Final = re.compile(r"(?i)[a-z][a-z0-9+.-]*://")


class Anchor(NamedTuple):
    """How the root of trust is given: its file, its fingerprint, or by a person who is asked (`None`: nobody)."""

    file: Path | None
    fingerprint: str | None
    ask: Callable[[], str | None]


def initialise(settings: Settings, source: str, anchor: Anchor) -> Path:
    """Write `certx.toml`; pin the root of a signed registry.

    Raises `UsageError` if there are settings that say otherwise, or no root is given for a registry that needs one,
    `CertxError` if the root is not what it was said to be or the registry cannot be read.
    """
    if shipped_schemas().divisions.get(str(settings.region)) is None:
        raise UsageError("division-not-known", hint="region-unknown", region=settings.region)
    place = source if _ADDRESS.match(source) else str(Path(source).expanduser().resolve())
    if not place.isprintable():
        raise UsageError("source-form", source=place)
    ours = {"region": str(settings.region), "registry": place}
    pinned = None
    if _is_unsigned(place):
        if anchor.file is not None or anchor.fingerprint is not None:
            raise UsageError("init-unsigned", hint="init-unsigned", path=source)
        read_folder(Path(place))
    else:
        pinned = _root(place, anchor)
        ours["root"] = fingerprint_of(pinned)
    if settings.lang is not None:
        ours["lang"] = settings.lang
    path = settings.home / FILE_NAME
    text = _with_settings(path, ours)
    _make_home(settings.home)
    if pinned is not None:
        replace_file(settings.generations / "root.json", pinned, mode=0o600, folder_mode=0o700)
    replace_file(path, text.encode(), mode=0o600, folder_mode=0o700)
    return path


def _with_settings(path: Path, ours: Mapping[str, str]) -> str:
    """The settings file with these in it and all else as it is; raises `UsageError` if it says otherwise of one."""
    there = read_settings(path)
    stands = {name: there[name] for name in _OURS if name in there}
    if any(value != ours.get(name) for name, value in stands.items()):
        raise UsageError("settings-exist", hint="settings-exist", path=str(path))
    added = "".join(f"{name} = {_quoted(value)}\n" for name, value in ours.items() if name not in stands)
    return added + (path.read_text(encoding="utf-8") if there else "")


def _make_home(home: Path) -> None:
    """The home of keys, registry and ledger, closed to others; one that is there stays as it is."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise EnvironmentFailureError(
            "file-unwritable", hint="file-unwritable", path=str(home), detail=cause_of(error)
        ) from error


def _is_unsigned(place: str) -> bool:
    """Is it a development folder of the shape of `keys/`? Raises `EnvironmentFailureError` if it is nothing at all."""
    folder = Path(place)
    if _ADDRESS.match(place) or folder.is_file() or (folder / "metadata").is_dir():
        return False
    if not folder.is_dir() or not region_folders(folder):
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=place)
    return True


def _root(source: str, anchor: Anchor) -> bytes:
    """The root that is pinned: never the one that a source happens to serve."""
    from certx.trust.fetch import check_address, open_source  # noqa: PLC0415 - python-tuf, for a signed registry only
    from certx.trust.tuf import check_root, served_root  # noqa: PLC0415

    if _ADDRESS.match(source):
        check_address(source)
    if anchor.file is not None:
        data = read_file(anchor.file)
        check_root(data, str(anchor.file))
        if anchor.fingerprint is not None and fingerprint_of(data) != anchor.fingerprint.strip().lower():
            raise DocumentError("root-not-that", hint="root-not-served", fingerprint=anchor.fingerprint[:80])
        return data
    given = anchor.fingerprint or anchor.ask()
    if given is None:
        raise UsageError("root-not-given", hint="root-not-given")
    fingerprint = given.strip().lower()
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise UsageError("fingerprint-form", hint="fingerprint-form", fingerprint=given[:80])
    with open_source(source) as origin:
        for version in range(1, _ROOTS_SEARCHED):
            served = served_root(origin, version)
            if served is None:
                break
            if fingerprint_of(served) == fingerprint:
                check_root(served, f"{version}.root.json")
                return served
    raise DocumentError("root-not-served", hint="root-not-served", source=source, fingerprint=fingerprint)


def _quoted(text: str) -> str:
    """A TOML basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
