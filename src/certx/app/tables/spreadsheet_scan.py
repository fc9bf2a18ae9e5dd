"""What an .xlsx file holds, looked at in bounded memory before a reader, which holds the whole sheet, may open it."""

import re
import zipfile
import zlib
from posixpath import join, normpath
from typing import BinaryIO, Final, NamedTuple
from xml.etree import ElementTree as ET

from certx.errors import UnreadableError

MAX_ROWS: Final = 300_000
MAX_COLUMNS: Final = 100
MAX_MEMBERS: Final = 2_000
MAX_UNPACKED: Final = 384 * 1_048_576
"""Of all members together: the sheet of 300 000 rows of 12 columns has about 200 MiB."""
MAX_INDEX: Final = 1_048_576
"""Of the parts that name the sheets."""
_BLOCK: Final = 1_048_576
_OVERLAP: Final = 512
_TOO_FAR: Final = re.compile(
    rb'r="(?:(?:[D-Zd-z][A-Za-z]|[Cc][W-Zw-z]|[A-Za-z]{3})[0-9]|[A-Za-z]*(?:[3-9][0-9]{5}|[0-9]{7}))'
)
"""A cell beyond column CV (100) or row 299 999: the reader makes room for every cell before it."""
_SUSPECT: Final = re.compile(rb"r(?:\s|=[\s'])")
"""Found quickly, where `_UNUSUAL` may be."""
_UNUSUAL: Final = re.compile(rb"<(?:\w+:)?(?:row|c)\s(?:[^<>]*\s)?r(?:\s+=|=\s|=')")
"""A place written as no spreadsheet program writes it, which `_TOO_FAR` would not see."""
_ERROR_CELL: Final = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>')
_PLACE: Final = re.compile(rb'r="([A-Z]+)([0-9]+)"')

_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ET.ParseError, KeyError, ValueError,
)  # fmt: skip
"""What Python's own readers raise of a file that is no workbook, a damaged or an encrypted one."""

Place = tuple[int, int]
"""Row and column of a cell, counted from 1."""


class Scan(NamedTuple):
    """The cells of each sheet that hold a formula's error, which the reader would hand out as empty."""

    errors: dict[str, frozenset[Place]]


def scan_workbook(file: BinaryIO, name: str) -> Scan:
    """Unpack all of a workbook once, keeping nothing; raises `UnreadableError` if it is too large or none."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
                raise _too_large(name)
            found: dict[str, frozenset[Place]] = {}
            total = 0
            for member in members:
                size, errors = _scan_member(archive, member, name, MAX_UNPACKED - total)
                total += size
                if errors:
                    found[member.filename] = errors
            sheets = _sheet_parts(archive) if found else {}
    except _DAMAGE as error:
        raise not_a_workbook(name, error) from error
    return Scan({sheet: found[part] for sheet, part in sheets.items() if part in found})


def _scan_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, allowed: int
) -> tuple[int, frozenset[Place]]:
    """The unpacked size of a member, counted and not believed, and the places of errors if it is a sheet."""
    size, kept, errors = 0, b"", set[Place]()
    is_sheet = "worksheets/" in member.filename.replace("\\", "/").lower()
    with archive.open(member) as unpacked:
        while block := unpacked.read(_BLOCK):
            size += len(block)
            if size > allowed:
                raise _too_large(name)
            if is_sheet:
                data = kept + block
                if _TOO_FAR.search(data) or (_SUSPECT.search(data) and _UNUSUAL.search(data)):
                    raise _too_large(name)
                if b't="e"' in data:
                    errors |= _error_places(data)
                kept = data[-_OVERLAP:]
    return size, frozenset(errors)


def _error_places(data: bytes) -> set[Place]:
    places = (_PLACE.search(match[1]) for match in _ERROR_CELL.finditer(data))
    return {(int(place[2]), _column_number(place[1])) for place in places if place}


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The member that holds each sheet, by the sheet's name."""
    parts = {}
    for element in _index(archive, "xl/_rels/workbook.xml.rels"):
        target = element.get("Target", "")
        parts[element.get("Id")] = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
    found = {}
    for element in _index(archive, "xl/workbook.xml").iter():
        if element.tag.rpartition("}")[2] == "sheet":
            reference = next((value for key, value in element.items() if key.rpartition("}")[2] == "id"), None)
            found[element.get("name", "")] = parts.get(reference, "")
    return found


def _index(archive: zipfile.ZipFile, part: str) -> ET.Element:
    with archive.open(part) as file:
        data = file.read(MAX_INDEX + 1)
    if len(data) > MAX_INDEX or b"<!DOCTYPE" in data:
        raise zipfile.BadZipFile(part)
    return ET.fromstring(data)  # noqa: S314 - small, and without a document type no entities


def _too_large(name: str) -> UnreadableError:
    return UnreadableError(
        "rows-xlsx-large", hint="rows-large", path=name, rows=MAX_ROWS - 1, columns=MAX_COLUMNS,
        megabytes=MAX_UNPACKED // 1_048_576,
    )  # fmt: skip


def not_a_workbook(name: str, error: Exception) -> UnreadableError:
    """What is said of a file that is no workbook, or a damaged one."""
    detail = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return UnreadableError("rows-not-xlsx", hint="rows-damaged", path=name, detail=detail)
