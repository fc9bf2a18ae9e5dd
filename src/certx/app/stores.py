"""The shared schemas that lie on this machine."""

from certx.schema.files import FolderCatalogue, shipped_schemas


def schemas() -> FolderCatalogue:
    """The licence schemas that came with this copy of certx."""
    return shipped_schemas()
