"""Signed notes: the example of the C2SP specification, and what is refused."""

from binascii import a2b_base64

import pytest

from certx.errors import KeyFailureError
from certx.keys import new_signer
from certx.keys.encoding import base64url
from certx.keys.note import MAX_NOTE_BYTES, NoteError, open_note, sign_note

# C2SP signed-note, the example: a public key of "example.com/foo" and a note that it signed.
NAME = "example.com/foo"
PUBLIC = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": base64url(a2b_base64("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")[1:]),
}
LINE = (
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
TEXT = "This is an example message.\n"
NOTE = f"{TEXT}\n{LINE}".encode()
SIGNER = new_signer("Ed25519")


def test_the_example_of_the_specification_opens() -> None:
    assert open_note(NOTE, NAME, PUBLIC) == TEXT


def test_other_signatures_are_passed_by() -> None:
    other = "— example.com/bar UeZ0+bvn\n"
    assert open_note(f"{TEXT}\n{other}{LINE}".encode(), NAME, PUBLIC) == TEXT
    same_name = LINE.replace("Uw2Q", "Ux2Q")  # another key of the same name
    assert open_note(f"{TEXT}\n{same_name}{LINE}".encode(), NAME, PUBLIC) == TEXT


@pytest.mark.parametrize(
    "note",
    [
        b"", b"\n\n", NOTE[:-1], NOTE.replace(b"example message", b"exampel message"), f"{TEXT}{LINE}".encode(),
        NOTE.replace("— ".encode(), b"- "), NOTE.replace(b"example.com/foo ", b"example.com/foo+ "),
        NOTE.replace(b"Uw2QOkn8", b"Uw2QOkn9"), NOTE.replace(b"Uw2QOkn8", b"!!!!Okn8"), NOTE + b"\n",
        NOTE.replace(b"This", b"Th\xffs"), NOTE.replace(b"This", b"Th\ts"), b"x" * MAX_NOTE_BYTES + NOTE,
        f"{TEXT}\n".encode() + LINE.encode() * 101, f"{TEXT}\n— example.com/foo Uw2QOg==\n".encode(),
        f"{TEXT}\n—  Uw2QOkn8\n{LINE}".encode(),
    ],
)  # fmt: skip
def test_anything_else_does_not(note: bytes) -> None:
    with pytest.raises(NoteError):
        open_note(note, NAME, PUBLIC)


def test_a_note_opens_under_its_name_and_key_alone() -> None:
    note = sign_note(TEXT, NAME, SIGNER)
    assert open_note(note, NAME, SIGNER.public_jwk) == TEXT
    for name, jwk in (("example.com", SIGNER.public_jwk), (NAME, PUBLIC), (NAME, new_signer("ES256").public_jwk)):
        with pytest.raises(NoteError):
            open_note(note, name, jwk)


def test_only_ed25519_signs_notes() -> None:
    with pytest.raises(KeyFailureError) as caught:
        sign_note(TEXT, NAME, new_signer("ES256"))
    assert caught.value.code == "note-key"
