"""What lies on this machine: the shared schemas, and folders of trust under review."""

from pathlib import Path

from certx.schema.files import FolderCatalogue, shipped_schemas
from certx.trust.lint import TrustReview, review_folder


def schemas() -> FolderCatalogue:
    """The licence schemas that came with this copy of certx."""
    return shipped_schemas()


def review_trust(folder: Path) -> TrustReview:
    """Review a folder of the shape of `keys/`; see `certx.trust.lint`."""
    return review_folder(folder, frozenset(schemas().types()))
