"""PyPI's `openvc-core`: signature and Disclosures only, no schema, trust list or agreement."""

from importlib import import_module
from typing import Any, Final

from rounds import timed
from workload import Workload, check_sample

from peers import PeerMissingError

NAME: Final = "openvc-core"


class OpenVc:
    """Its issuer and verifier, keys read beforehand."""

    name = NAME

    def __init__(self, work: Workload) -> None:
        """Raises `PeerMissingError`."""
        try:
            keys, proof = import_module("openvc.keys"), import_module("openvc.proof.sd_jwt")
        except ImportError as error:
            raise PeerMissingError(f"{NAME} is not installed: pip install 'certx[peers]'") from error
        suite, key = proof.SdJwtVcProofSuite(), keys.P256SigningKey.generate("1")
        jwk = work.signer.public_jwk
        # It conceals top-level claims only, so the array of the one holder as a whole.
        frame = work.plan.schema.frame
        names = frame.selective | frame.elements

        def issue(claims: dict[str, Any]) -> str:
            return str(suite.issue(claims, signing_key=key, disclosable=[name for name in claims if name in names]))

        def verify(credential: str) -> object:
            return suite.verify(credential, public_key_jwk=jwk)

        check_sample(issue(work.claims[0]))
        verify(work.credentials[0])
        self.issue, self.verify = timed(issue, work.claims), timed(verify, work.credentials)
