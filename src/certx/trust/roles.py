"""The roles of a trust registry: what each is called and which files it may sign (docs/formats.md).

A pattern's `*` does not cross `/` (TUF specification, section 4.5), so each folder of a role has a pattern of its own.
"""

import re
from functools import cache, lru_cache
from typing import Final

TOP_LEVEL: Final = ("root", "timestamp", "snapshot", "targets")
CATALOGUE: Final = "catalogue"
DUTY: Final = "duty"
SUSPENSIONS: Final = "federation/suspensions.json"
LIMITS: Final = "catalogue/limits.json"

_FEDERATION: Final = {CATALOGUE: ("catalogue/*", "catalogue/schemas/*"), DUTY: ("federation/*",)}
_SCOPED: Final = re.compile(r"(region|status)-([0-9]{6})")
_TARGET_NAME: Final = re.compile(r"[a-z]+(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}){1,3}")


def region_role(code: str) -> str:
    """The role that speaks for a region."""
    return f"region-{code}"


def status_role(code: str) -> str:
    """The role that publishes a region's status lists."""
    return f"status-{code}"


def region_of(role: str) -> str | None:
    """The region that a role belongs to, `None` for a role of the federation or an unknown one."""
    match = _SCOPED.fullmatch(role)
    return match[2] if match is not None else None


def is_region_role(role: str) -> bool:
    """Is it the role of a region, not of its status lists?"""
    return role.startswith("region-") and region_of(role) is not None


def role_for(path: str) -> str | None:
    """The role that may sign a target of this name, `None` if nobody may."""
    top, _, rest = path.partition("/")
    role = {
        "catalogue": CATALOGUE, "federation": DUTY, "regions": f"region-{rest[:6]}", "status": f"status-{rest[:6]}",
    }.get(top)  # fmt: skip
    return role if role is not None and may_sign(role, path) else None


@cache
def patterns_of(role: str) -> tuple[str, ...]:
    """The path patterns of a role below the federation's `targets`; empty if there is no such role."""
    code = region_of(role)
    if code is None:
        return _FEDERATION.get(role, ())
    if role == status_role(code):
        return (f"status/{code}/*",)
    return (f"regions/{code}/*", f"regions/{code}/agreements/*", f"regions/{code}/scenarios/*")


def is_safe_name(path: str) -> bool:
    """May a target be called that? No empty, hidden or dotted part, nothing that a file system could take otherwise."""
    return _TARGET_NAME.fullmatch(path) is not None


def may_sign(role: str, path: str) -> bool:
    """Is a target of this name within the role's scope? Each of its patterns is all of one folder."""
    return is_safe_name(path) and f"{path.rpartition('/')[0]}/*" in patterns_of(role)


@lru_cache(maxsize=4_096)
def roles_behind(issued_in: str | None, accepted_in: str | None, *, has_status: bool) -> tuple[str, ...]:
    """The roles that a verdict between these regions relies on, where there are such."""
    regions = [code for code in dict.fromkeys((issued_in, accepted_in)) if code is not None]
    status = (status_role(issued_in),) if has_status and issued_in is not None else ()
    return (*TOP_LEVEL, DUTY, CATALOGUE, *map(region_role, regions), *status)
