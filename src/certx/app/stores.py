"""What lies on this machine: the shared schemas, and folders of trust under review."""

from pathlib import Path

from certx.app.trust_review import TrustReview, review_folder
from certx.schema.files import FolderCatalogue, shipped_schemas


def schemas() -> FolderCatalogue:
    """The licence schemas that came with this copy of certx."""
    return shipped_schemas()


def review_trust(folder: Path) -> TrustReview:
    """Review a folder of the shape of `keys/`; see `certx.app.trust_review`."""
    return review_folder(folder, frozenset(schemas().types()))
