"""The options of `certx verify`, in one table that the fast path and the full command line share."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple


class Option(NamedTuple):
    """One option: its name, whether it takes a value, and the key of its help."""

    name: str
    takes_value: bool
    help: str
    metavar: str | None = None


GLOBAL: Final = (
    Option("--region", True, "the accepting region's code (default: this machine's)", "CODE"),
    Option("--registry", True, "the trust registry (default: this machine's)", "SRC"),
    Option("--lang", True, "zh or en (default: the locale's)", "LANG"),
)

VERIFY: Final = (
    *GLOBAL,
    Option("--request", True, "the request that is answered: certx request", "FILE"),
    Option("--nonce", True, "the nonce of the request; makes a proof by the holder required", "NONCE"),
    Option("--audience", True, "who this verifier is to the holder; makes a proof required", "ID"),
    Option("--scenario", True, "the matter: a scenario of the accepting region", "ID"),
    Option("--receipt", True, "receipts of the licences: certx status receipt", "FILE"),
    Option("--at", True, "as of then: 2026-11-23, 2026-11-23T09:30+08:00; by the registry kept of that time", "TIME"),
    Option("--explain", False, "show every finding, with the clause that it rests on"),
    Option("--html", True, "also write the verdicts to FILE, as one page to file or print", "FILE"),
    Option("--workers", True, "processes for a long input (default: one on each core)", "N"),
    Option("--no-log", False, "leave no line in this counter's log of verdicts"),
    Option("--json", False, "one JSON object a line"),
)


@dataclass(slots=True)
class VerifyArguments:
    """What was asked of `certx verify`."""

    inputs: list[str] = field(default_factory=list)
    region: str | None = None
    registry: str | None = None
    lang: str | None = None
    request: str | None = None
    nonce: str | None = None
    audience: str | None = None
    scenario: str | None = None
    receipt: str | None = None
    at: str | None = None
    explain: bool = False
    html: str | None = None
    workers: str | None = None
    no_log: bool = False
    json: bool = False


def parse_verify(argv: list[str]) -> VerifyArguments | None:
    """The arguments after `verify`, or `None` if they need the full command line (help, a mistake)."""
    known = {option.name: option for option in VERIFY}
    arguments = VerifyArguments()
    rest = iter(argv)
    for word in rest:
        if word == "--":
            arguments.inputs += rest
        elif word == "-" or not word.startswith("-"):
            arguments.inputs.append(word)
        else:
            name, equals, value = word.partition("=")
            option = known.get(name)
            if option is None or bool(equals) > option.takes_value:
                return None
            if option.takes_value and not equals:
                value = next(rest, None)  # type: ignore[assignment]  # None is turned away next
                if value is None:
                    return None
            setattr(arguments, name.removeprefix("--").replace("-", "_"), value if option.takes_value else True)
    return arguments
