"""The shared schemas and scenarios that came with this copy of certx."""

from pathlib import Path

from certx.schema.files import FolderCatalogue, shipped_schemas


def schemas() -> FolderCatalogue:
    """The licence schemas that came with this copy of certx."""
    return shipped_schemas()


def shipped_scenarios() -> list[Path]:
    """The scenarios for all regions that came with this copy of certx: in the wheel, or beside the sources."""
    package = Path(__file__).resolve().parents[2]
    packed = package / "_data" / "scenarios"
    folder = packed if packed.is_dir() else package.parent.parent / "keys" / "catalogue"
    return sorted(folder.glob("scenario-*.json"))
