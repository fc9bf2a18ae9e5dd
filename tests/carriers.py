"""Credentials for carriers: every valid example of every type as it is issued, with a status and a holder's key."""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

import world
from certx.keys import new_signer
from certx.ledger.protocol import ListPlace
from certx.status.reference import series_of

_HOLDER: Final = new_signer("ES256")
HOLDER_KEY: Final = {name: _HOLDER.public_jwk[name] for name in ("kty", "crv", "x", "y")}
DICTIONARIES: Final = world.CATALOGUE.dictionary


class Example(NamedTuple):
    """A valid example of a type, issued."""

    type: str
    name: str
    credential: str


def issued_examples() -> Iterator[Example]:
    """One for each valid example, at full disclosure."""
    for licence_type in world.TYPES:
        plan = world._plan(licence_type)
        derived = {derivation.claim for derivation in plan.schema.derivations}
        for name, document in world.examples(licence_type, "valid"):
            row = {claim: value for claim, value in document.items() if claim not in world._GIVEN | derived}
            draft = plan.draft(
                {**row, "holderKey": json.dumps(HOLDER_KEY)}, serial="A7K2M9QX", issued_at=int(world.NOW)
            )
            place = ListPlace(series_of(world.SICHUAN, world.CREDIT_CODE), 1, 734_512)
            issued = plan.sign(draft, licence_id=draft.licence_id, issued_at=int(world.NOW), place=place)
            yield Example(licence_type, name, issued.credential)


EXAMPLES: Final = list(issued_examples())
