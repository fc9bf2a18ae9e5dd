"""Issuing and verifying, against the bare signature and against other implementations."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from time import process_time
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from peers.opened import PEER_BOUNDS, open_peers
from rounds import Contestant, Run, Section, Timing, race, ratio, timed
from workload import Workload

from certx.credential import verify_with_key
from certx.credential.issue import header_segment, issue_each
from certx.credential.sdjwt import random_salts
from certx.keys.encoding import from_base64url

ISSUE_BOUND: Final = 0.40
VERIFY_BOUND: Final = 0.60

_ES256: Final = ec.ECDSA(SHA256())


def measure(work: Workload, *, rounds: int, seconds: float) -> list[Section]:
    """One table for issuing and one for verifying."""
    with open_peers(work) as (peers, notes):
        issuing = [
            Contestant("ES256 signature alone", timed(_bare_sign(work), work.signing_inputs)),
            Contestant("certx, row to credential", _issue_run(work)),
            *(Contestant(peer.name, peer.issue) for peer in peers),
            Contestant("certx, signed form only", _sign_claims(work)),
        ]
        verifying = [
            Contestant("ES256 verification alone", _bare_verify(work)),
            Contestant("certx, text to verdict", timed(work.verify, work.credentials)),
            *(Contestant(peer.name, peer.verify) for peer in peers),
            Contestant("certx, signed form only", timed(_verify_form(work), work.credentials)),
        ]
        return [
            _section("issue", race(issuing, rounds=rounds, seconds=seconds), ISSUE_BOUND, notes),
            _section("verify", race(verifying, rounds=rounds, seconds=seconds), VERIFY_BOUND, notes),
        ]


def _section(title: str, timings: Sequence[Timing], bound: float, notes: list[str]) -> Section:
    bare, certx, *peers, _form = timings
    targets = [ratio("share of the speed of the bare operation", bare, certx, bound)]
    targets += [ratio(f"times as fast as {peer.name}", peer, certx, PEER_BOUNDS[peer.name]) for peer in peers]
    return Section(title, list(timings), targets, notes)


def _issue_run(work: Workload) -> Run:
    """As one run of `certx issue`: a draft of every row, then the signatures."""
    endless = cycle(work.rows)

    def run(count: int) -> float:
        rows = list(islice(endless, count))
        start = process_time()
        work.sign([work.draft(row) for row in rows])
        return process_time() - start

    return run


def _sign_claims(work: Workload) -> Run:
    """What the peers do: finished claims are concealed and signed; nothing is read, derived or validated."""
    signer, frame, salts = work.signer, work.plan.schema.frame, random_salts()
    header, endless = header_segment(signer), cycle(work.claims)

    def run(count: int) -> float:
        claims = list(islice(endless, count))
        start = process_time()
        list(issue_each(claims, frame=frame, signer=signer, salts=salts, header=header))
        return process_time() - start

    return run


def _verify_form(work: Workload) -> Callable[[str], dict[str, Any]]:
    """What the peers do: signature, Disclosures and validity under one known key; no trust, schema or agreement."""
    jwk, moment = work.signer.public_jwk, datetime.fromtimestamp(work.now, UTC)
    return lambda credential: verify_with_key(credential, jwk, now=moment)


def _bare_sign(work: Workload) -> Callable[[bytes], bytes]:
    key = work.signer.key
    return lambda data: key.sign(data, _ES256)


def _bare_verify(work: Workload) -> Run:
    key = work.signer.key.public_key()
    signed = list(zip(map(_der_signature, work.credentials), work.signing_inputs, strict=True))
    return timed(lambda pair: key.verify(pair[0], pair[1], _ES256), signed)


def _der_signature(credential: str) -> bytes:
    raw = from_base64url(credential.partition("~")[0].rpartition(".")[2].encode())
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
