"""What lies on this machine: the shared schemas, and folders of trust under review."""

from pathlib import Path

from certx.app.list_review import review_status_lists
from certx.app.recognition_review import review_recognition
from certx.app.trust_review import Forms, TrustReview, review_folder
from certx.schema.files import FolderCatalogue, shipped_schemas
from certx.schema.validate import Validator


def schemas() -> FolderCatalogue:
    """The licence schemas that came with this copy of certx."""
    return shipped_schemas()


def shipped_scenarios() -> list[Path]:
    """The scenarios for all regions that came with this copy of certx: in the wheel, or beside the sources."""
    package = Path(__file__).resolve().parent.parent
    packed = package / "_data" / "scenarios"
    folder = packed if packed.is_dir() else package.parent.parent / "keys" / "catalogue"
    return sorted(folder.glob("scenario-*.json"))


def review_trust(folder: Path) -> TrustReview:
    """Review a folder of the shape of `keys/`; see `certx.app.trust_review`."""
    catalogue = schemas()
    forms = Forms(
        Validator(catalogue.document_schema("region-keys")), Validator(catalogue.document_schema("agreement"))
    )
    types = frozenset(catalogue.types())
    review = review_folder(folder, types, forms)
    further = (*review_recognition(folder, catalogue), *review_status_lists(folder))
    return review._replace(problems=(*review.problems, *further))
