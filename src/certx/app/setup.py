"""Setting a machine up."""

from pathlib import Path

from certx.app.files import replace_file
from certx.errors import UsageError
from certx.settings import FILE_NAME, Settings
from certx.trust.folder import read_folder


def initialise(settings: Settings) -> Path:
    """Write `certx.toml`; raises `UsageError` if there is one that says otherwise, `CertxError` on a bad registry."""
    assert settings.registry is not None  # noqa: S101 - the command demands it
    folder = settings.registry.expanduser().resolve()
    read_folder(folder)
    lines = [f'region = "{settings.region}"', f"registry = {_quoted(str(folder))}"]
    if settings.lang is not None:
        lines.append(f'lang = "{settings.lang}"')
    text = "\n".join(lines) + "\n"
    path = settings.home / FILE_NAME
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise UsageError("settings-exist", hint="settings-exist", path=str(path))
    replace_file(path, text.encode(), mode=0o600, folder_mode=0o700)
    return path


def _quoted(text: str) -> str:
    """A TOML basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
