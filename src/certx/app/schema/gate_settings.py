"""The gate's part of a repository's `certx.toml`: folders, time per question, and the reviewed exceptions.

[schema]
schemas = "schemas"          folders, from the top of the repository
keys = "keys"
seconds = 2.0                that one question may take

[[schema.exceptions]]
id = "claim-removed"         the rule
place = "schemas/x/1.1.json" a file, or file#claim
why = "…"
until = 2027-06-30
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.errors import UsageError
from certx.gate.exceptions import ReviewedException, read_exceptions
from certx.gate.review import SECONDS
from certx.gate.table import RULE_IDS
from certx.gate.tree import Layout
from certx.settings import FILE_NAME, GATE_TABLE
from certx.trust.folder import read_file

_KNOWN: Final = (*Layout._fields, "seconds", "exceptions")
_MOST_SECONDS: Final = 600.0


class GateSettings(NamedTuple):
    """What a repository says of its gate."""

    layout: Layout = Layout()
    seconds: float = SECONDS
    exceptions: tuple[ReviewedException, ...] = ()


def read_gate_settings(folder: Path) -> GateSettings:
    """The settings of a repository, the default ones if it has none; raises `UsageError` on a mistake."""
    path = folder / FILE_NAME
    return _settings_in(read_file(path), str(path)) if path.is_file() else GateSettings()


def read_layout(data: bytes, path: str) -> Layout:
    """Only where things lie: what else an earlier commit says of its gate is nobody's concern any more."""
    return _layout(_table(data, path), path)


def _table(data: bytes, path: str) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(data.decode("utf-8")).get(GATE_TABLE, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError("settings-form", path=path, detail=str(error)) from error
    if not isinstance(table, Mapping):
        raise UsageError("gate-table", hint="gate-settings", path=path)
    return table


def _layout(table: Mapping[str, Any], path: str) -> Layout:
    return Layout(**{name: _folder(name, table[name], path) for name in Layout._fields if name in table})


def _settings_in(data: bytes, path: str) -> GateSettings:
    table = _table(data, path)
    for name in sorted(table.keys() - _KNOWN):
        raise UsageError("gate-setting", hint="gate-settings", path=path, name=name, known=", ".join(_KNOWN))
    exceptions = read_exceptions(table.get("exceptions", []), RULE_IDS, path=path)
    return GateSettings(_layout(table, path), _seconds(table.get("seconds", SECONDS), path), exceptions)


def _folder(name: str, value: Any, path: str) -> str:  # noqa: ANN401 - any TOML value
    if not isinstance(value, str) or not value or value.startswith("/") or ".." in value.split("/"):
        raise UsageError("gate-folder", hint="gate-settings", path=path, name=name, value=str(value)[:80])
    return value.strip("/")


def _seconds(value: Any, path: str) -> float:  # noqa: ANN401 - likewise
    if type(value) not in {int, float} or not 0 < value <= _MOST_SECONDS:
        told = {"value": str(value)[:80], "most": int(_MOST_SECONDS)}
        raise UsageError("gate-seconds", hint="gate-settings", path=path, **told)
    return float(value)
