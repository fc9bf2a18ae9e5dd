"""Libraries that only some need: asked for when they are needed, named when they are missing."""

from importlib import import_module
from typing import Any

from certx.errors import EnvironmentFailureError


def extra_module(module: str, *, extra: str, package: str) -> Any:  # noqa: ANN401 - a module
    """A module of an extra; raises `EnvironmentFailureError` that says how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise missing(extra=extra, package=package) from error


def missing(*, extra: str, package: str) -> EnvironmentFailureError:
    """The error that a package of an extra is not installed."""
    return EnvironmentFailureError("extra-missing", hint="extra-missing", extra=extra, package=package)
