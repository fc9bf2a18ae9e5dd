"""Where every agreement of a registry stands: in force between whom, and if not, why."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import combinations
from typing import Any, NamedTuple

from certx.errors import CertxError
from certx.recognition.agreement import Agreement, UnreadAgreement, successor_of
from certx.recognition.published import Filing, filings_of, read_filing, withdrawals_of
from certx.trust.files import RegistryFiles, parse_document


class State(StrEnum):
    """What is most worth saying of an agreement."""

    IN_FORCE = "in-force"
    NOT_YET = "not-yet"
    OVER = "over"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    ALTERED = "altered"
    ONE_SIDED = "one-sided"
    UNREADABLE = "unreadable"


class Standing(NamedTuple):
    """One text that regions published under one name, and what stands between it and being in force.

    `missing`: parties that published nothing of that name; `altered`: those that published other bytes.
    """

    agreement: Agreement | UnreadAgreement
    document: Mapping[str, Any]
    state: State
    between: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()

    def applies(self, issued_in: str, accepted_in: str) -> bool:
        """Is it in force between these two, in this direction?"""
        agreement, pair = self.agreement, tuple(sorted((issued_in, accepted_in)))
        return (
            isinstance(agreement, Agreement)
            and issued_in in agreement.issued_in
            and accepted_in in agreement.accepted_in
            and pair in self.between
        )


def standings_of(files: RegistryFiles, now: float) -> list[Standing]:
    """Every agreement of a registry at Unix time `now`, by name; raises `CertxError` if a region cannot be read."""
    regions = files.regions()
    filings, withdrawals = filings_of(files, regions), withdrawals_of(files, regions)
    found = [(filing, read_filing(files, filing, withdrawals)) for filing in filings]
    read = [agreement for _, agreement in found if isinstance(agreement, Agreement)]
    standings = []
    for filing, agreement in found:
        document: Mapping[str, Any] = {}
        with suppress(CertxError):
            document = parse_document(files.read(filing.path) or b"", filing.path)
        if isinstance(agreement, UnreadAgreement):
            state = State.WITHDRAWN if agreement.withdrawn_by else State.UNREADABLE
            standings.append(Standing(agreement, document, state))
        else:
            standings.append(_standing(filing, agreement, document, filings, read, now=now))
    return standings


def _standing(
    filing: Filing,
    agreement: Agreement,
    document: Mapping[str, Any],
    filings: Sequence[Filing],
    read: Sequence[Agreement],
    *,
    now: float,
) -> Standing:
    parties, listed_by = sorted(agreement.parties), agreement.listed_by
    others = {region for other in filings if other.name == filing.name for region in other.listed_by} - listed_by
    altered = tuple(party for party in parties if party in others)
    missing = tuple(party for party in parties if party not in listed_by | others | agreement.withdrawn_by)
    mutual = [pair for pair in combinations(parties, 2) if agreement.is_mutual(*pair)]
    bound = [pair for pair in mutual if agreement.is_in_force(now, *pair)]
    successors = {pair: successor_of(agreement, read, now, *pair) for pair in bound}
    between = tuple(pair for pair in bound if successors[pair] is None)
    superseded_by = tuple(sorted({successor.id for successor in successors.values() if successor is not None}))
    if between:
        state = State.IN_FORCE
    elif superseded_by:
        state = State.SUPERSEDED
    elif agreement.withdrawn_by:
        state = State.WITHDRAWN
    elif mutual:
        state = State.NOT_YET if now < agreement.since else State.OVER
    else:
        state = State.ALTERED if altered else State.ONE_SIDED
    return Standing(agreement, document, state, between, missing, altered, superseded_by)
