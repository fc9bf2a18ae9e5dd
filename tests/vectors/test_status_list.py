"""The examples printed in the Token Status List draft."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from certx.keys import new_signer
from certx.keys.encoding import from_base64url
from certx.reason import Reason
from certx.status import StatusError, StatusList, read_token
from certx.status.listing import pack, write_token
from vectors.vector_files import BEFORE_EXPIRY, load

URI = "https://example.com/statuslists/1"
SIGNER = new_signer("ES256")


@pytest.fixture(scope="module")
def encodings(vectors: Path) -> list[dict[str, Any]]:
    return load(vectors / "status-list" / "status-list-encoding-vectors.json")


@pytest.fixture(scope="module")
def example(vectors: Path) -> dict[str, Any]:
    return load(vectors / "status-list" / "status-list-token-jwt-example.json")


def read_printed(status_list: dict[str, Any]) -> StatusList:
    """The list of an encoding example, in a token of ours."""
    from certx.credential.jws import encode_segment, sign_jws  # noqa: PLC0415 - only here

    payload = {"sub": URI, "iat": int(BEFORE_EXPIRY.timestamp()), "status_list": status_list}
    text = sign_jws(encode_segment({"alg": "ES256", "typ": "statuslist+jwt"}), payload, SIGNER)
    return read_token(text, SIGNER.public_jwk, uri=URI, now=BEFORE_EXPIRY)


def test_no_example_is_left_out(encodings: list[dict[str, Any]]) -> None:
    assert [(vector["bits"], vector["size_entries"]) for vector in encodings] == [
        (1, 2**20), (2, 2**20), (4, 2**20), (8, 2**20), (1, 16), (2, 12),
    ]  # fmt: skip
    assert [len(vector["entries"]) for vector in encodings] == [11, 11, 15, 256, 16, 12]


def test_every_list_is_read_as_it_is_printed(encodings: list[dict[str, Any]]) -> None:
    for vector in encodings:
        found = read_printed(vector["status_list"])
        values = dict(vector["entries"])
        assert (found.bits, len(found)) == (vector["bits"], vector["size_entries"])
        assert {index: found.get(index) for index in values} == values
        others = sum(1 for index in range(len(found)) if found.get(index) != values.get(index, 0))
        assert others == 0, vector["spec"]


def test_every_list_is_packed_as_it_is_printed(encodings: list[dict[str, Any]]) -> None:
    import zlib  # noqa: PLC0415 - only here

    for vector in encodings:
        packed = pack(dict(vector["entries"]), size=vector["size_entries"], bits=vector["bits"])
        assert packed == zlib.decompress(from_base64url(vector["status_list"]["lst"].encode()))
        assert packed.hex() == vector.get("byte_array_hex", packed.hex())


def test_the_token_of_the_draft_is_read(example: dict[str, Any]) -> None:
    found = read_token(example["status_list_token"], example["jwk_public"], uri=URI, now=BEFORE_EXPIRY)
    reference = example["referenced_token_status"]["status"]["status_list"]
    assert reference["uri"] == URI
    assert found.get(reference["idx"]) == example["expected_status_idx0"] == 1
    payload = example["payload"]
    assert found.bits == payload["status_list"]["bits"]
    assert found.issued_at == datetime.fromtimestamp(payload["iat"], UTC)
    assert found.expires_at == datetime.fromtimestamp(payload["exp"], UTC)
    assert found.ttl is not None
    assert found.ttl.total_seconds() == payload["ttl"]


def test_the_token_of_the_draft_is_refused_where_it_must_be(example: dict[str, Any]) -> None:
    text, jwk, now = example["status_list_token"], example["jwk_public"], BEFORE_EXPIRY
    end = datetime.fromtimestamp(example["payload"]["exp"], UTC)
    for changed, reason in (
        ({"uri": URI + "/"}, Reason.STATUS_LIST_OF_ANOTHER),
        ({"now": end}, Reason.STATUS_EXPIRED),
        ({"jwk": SIGNER.public_jwk}, Reason.SIGNATURE_WRONG),
        ({"now": datetime(2020, 1, 1, tzinfo=UTC)}, Reason.ISSUED_IN_FUTURE),
    ):
        given: dict[str, Any] = {"jwk": jwk, "uri": URI, "now": now, **changed}
        with pytest.raises(StatusError) as refused:
            read_token(text, given.pop("jwk"), **given)
        assert refused.value.reason is reason


def test_a_list_of_ours_has_the_members_of_the_draft(example: dict[str, Any]) -> None:
    from certx.credential.jws import parse_jws  # noqa: PLC0415 - only here

    ours = parse_jws(write_token(b"", uri=URI, signer=SIGNER, issued_at=0, expires_at=1, ttl=1))
    theirs = parse_jws(example["status_list_token"])
    assert ours.header.keys() == theirs.header.keys()
    assert ours.payload.keys() == theirs.payload.keys() - {"iss"}
