"""Keys in a device: what is found, what is refused, and what happens when the device goes away."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from certx.app.machine.keystore import (
    PassphraseSource,
    create_any_key,
    find_public,
    list_held_keys,
    open_signer,
    read_public,
)
from certx.errors import KeyFailureError, UsageError
from certx.keys import Signer, read_public_key
from certx.keys.pkcs11_uri import Pkcs11Uri, parse_pkcs11_uri
from softhsm import PIN, SoftHsm, describe, in_token, with_pin

NOWHERE = Path("no-folder")


def open_key(uri: object, source: PassphraseSource | None = None) -> Signer:
    return open_signer(str(uri), NOWHERE, passphrase=source or with_pin())


@pytest.fixture(scope="module")
def key(device: SoftHsm) -> Pkcs11Uri:
    return device.new_key()


def test_every_attribute_narrows_what_is_found(key: Pkcs11Uri) -> None:
    kid = open_key(key).kid
    (held,) = list_held_keys(str(Pkcs11Uri(token=key.token)), NOWHERE, passphrase=with_pin())
    assert (held.jwk["kid"], parse_pkcs11_uri(held.place)) == (kid, key)
    exact = key._replace(id=b"\x01\xff/")
    known = {"manufacturer": "SoftHSM project", "model": "SoftHSM v2", "library_manufacturer": "SoftHSM",
             "slot_manufacturer": "SoftHSM project", "library_version": "2", "type": "private"}  # fmt: skip
    assert open_key(exact._replace(**known)).kid == kid
    assert open_key(exact._replace(object=None)).kid == kid
    for name, value in (*known.items(), ("serial", "x"), ("slot_id", 2**40), ("slot_description", "x")):
        if name != "type":
            other: Any = value if isinstance(value, int) else ("9" if name == "library_version" else f"{value}x")
            with pytest.raises(KeyFailureError) as caught:
                open_key(exact._replace(**{name: other}))
            assert caught.value.code == "hsm-token-missing", name
            assert str(key.token) in str(caught.value.params["present"])
    for wrong in (exact._replace(id=b"x"), exact._replace(object="x")):
        with pytest.raises(KeyFailureError) as caught:
            open_key(wrong)
        assert describe(caught) == ("hsm-key-missing", "hsm-key-missing")


def test_two_keys_of_one_label_are_told_apart_by_their_id_alone(device: SoftHsm) -> None:
    token = device.new_token()
    in_token(token, 'pair("twin", b"1")\npair("twin", b"2")')
    with pytest.raises(KeyFailureError) as caught:
        open_key(token._replace(object="twin"))
    assert (caught.value.code, caught.value.params["count"]) == ("hsm-key-several", 2)
    kids = {open_key(token._replace(object="twin", id=name)).kid for name in (b"1", b"2")}
    assert len(kids) == 2
    listed = list_held_keys(str(token), NOWHERE, passphrase=with_pin())
    assert {open_key(held.place).kid for held in listed} == kids


def test_two_tokens_of_one_label_are_told_apart_by_their_serial_alone(device: SoftHsm) -> None:
    for _ in range(2):
        device.new_token("same name")
    with pytest.raises(KeyFailureError) as caught:
        open_key("pkcs11:token=same%20name;object=x")
    assert (caught.value.code, caught.value.params["count"]) == ("hsm-token-several", 2)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ('pair("k", b"1")[0].destroy()', "hsm-public-missing"),
        (
            'pair("k", b"1")[0].destroy()\npublic("k", b"1", pair("o", b"2")[0][A.EC_POINT])',
            "hsm-pair-differs",
        ),
        (
            'pair("k", b"1")\npublic("another", b"1", pair("o", b"2")[0][A.EC_POINT])',
            "hsm-pair-differs",
        ),
        ('pair("k", b"1", private_template={A.SIGN: False})', "hsm-not-for-signing"),
        ('pair("k", b"1", curve=bytes.fromhex("06052b81040022"))', "key-kind"),  # P-384
        ('pair("k", b"1", curve=bytes.fromhex("06082a811ccf5501822d"))', "key-kind"),  # SM2
        ('s.generate_keypair(KeyType.RSA, 2048, store=True, label="k")', "key-kind"),
    ],
    ids=["no public key", "of another", "one too many", "not for signing", "P-384", "SM2", "RSA"],
)
def test_a_key_that_is_not_what_it_should_be_is_refused(device: SoftHsm, program: str, code: str) -> None:
    token = device.new_token()
    in_token(token, program)
    with pytest.raises(KeyFailureError) as caught:
        open_key(token._replace(object="k"))
    assert caught.value.code == code
    listed = list_held_keys(str(token), NOWHERE, passphrase=with_pin())
    assert ("k", {}) in [(held.name, held.jwk) for held in listed]


def test_a_certificate_may_stand_for_the_public_key(device: SoftHsm) -> None:
    token = device.new_token()
    in_token(
        token,
        """
import datetime as d
from certx.keys.pkcs11_points import Encoding
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fictional")])
key = ec.generate_private_key(ec.SECP256R1())
start = d.datetime(2026, 1, 1)
made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + d.timedelta(days=9))
value = made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
s.create_object({A.CLASS: C.CERTIFICATE, A.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509, A.VALUE: value,
    A.SUBJECT: name.public_bytes(), A.ID: b"1", A.LABEL: "k", A.TOKEN: True})
number = key.private_numbers().private_value.to_bytes(32, "big")
s.create_object({A.CLASS: C.PRIVATE_KEY, A.KEY_TYPE: KeyType.EC, A.EC_PARAMS: P256, A.VALUE: number, A.ID: b"1",
    A.LABEL: "k", A.TOKEN: True, A.SIGN: True, A.SENSITIVE: True, A.EXTRACTABLE: False, A.PRIVATE: True})
""",
    )
    signer = open_key(token._replace(object="k"))
    assert read_public_key(signer.public_jwk).verify(signer.sign(b"x"), b"x")


def test_a_new_key_cannot_leave_its_device_and_is_not_overwritten(device: SoftHsm) -> None:
    uri = device.new_key("Ed25519")
    in_token(
        uri,
        """
key = s.get_key(object_class=C.PRIVATE_KEY)
assert (key[A.SENSITIVE], key[A.EXTRACTABLE], key[A.PRIVATE], key[A.LOCAL]) == (True, False, True, True)
assert key[A.NEVER_EXTRACTABLE] and key[A.ALWAYS_SENSITIVE]
""",
    )
    for again in (uri, uri._replace(id=b"x")):
        with pytest.raises(KeyFailureError) as caught:
            create_any_key(str(again), NOWHERE, algorithm="Ed25519", passphrase=with_pin())
        assert caught.value.code == "hsm-key-exists"
    with pytest.raises(KeyFailureError) as caught:
        create_any_key(str(uri._replace(object=None)), NOWHERE, algorithm="Ed25519", passphrase=with_pin())
    assert caught.value.code == "hsm-uri-label"
    with pytest.raises(UsageError):
        create_any_key(str(uri), NOWHERE, algorithm="SM2", passphrase=with_pin())
    assert len(list_held_keys(str(Pkcs11Uri(token=uri.token)), NOWHERE, passphrase=with_pin())) == 1


# PINs


def test_a_wrong_pin_is_tried_once_and_never_said(device: SoftHsm) -> None:
    token = device.new_token()
    in_token(token, 'pair("k", b"1")')
    asked = []

    def ask(key: str) -> str:
        asked.append(key)
        return "99999999"

    uri = str(token._replace(object="k"))
    with pytest.raises(KeyFailureError) as caught:
        open_key(uri, PassphraseSource(None, {}, ask))
    assert describe(caught) == ("hsm-pin-wrong", "hsm-pin-low")
    assert asked == [uri]
    assert "99999999" not in repr(caught.value) + str(caught.value.__cause__)
    assert open_key(uri).algorithm == "ES256"


@pytest.mark.parametrize("pin", ["", "1", "9" * 300])
def test_what_cannot_be_a_pin_is_said_to_be_none(device: SoftHsm, pin: str) -> None:
    token = device.new_token()
    with pytest.raises(KeyFailureError) as caught:
        open_key(token._replace(object="k"), with_pin(pin))
    assert caught.value.code in {"hsm-pin-form", "hsm-pin-wrong"}
    assert pin != "" or caught.value.code == "hsm-pin-form"


def test_the_pin_comes_from_the_reference_then_the_file_then_the_environment_then_a_person(
    device: SoftHsm, tmp_path: Path
) -> None:
    right, wrong = device.pin_file, tmp_path / "wrong"
    wrong.write_text("99999999")
    sources = [
        (f"?pin-source=file:{right}", PassphraseSource(wrong, {"CERTX_PIN": "9999"}, lambda _: None)),
        (f"?pin-source=file://{right}", PassphraseSource(None, {}, lambda _: None)),
        (f"?pin-source={right}", PassphraseSource(None, {}, lambda _: None)),
        ("", PassphraseSource(right, {"CERTX_PIN": "9999", "CERTX_PASSPHRASE": "9999"}, lambda _: None)),
        ("", PassphraseSource(None, {"CERTX_PIN": PIN, "CERTX_PASSPHRASE": "9999"}, lambda _: None)),
        ("", PassphraseSource(None, {"CERTX_PASSPHRASE": PIN}, lambda _: "9999")),
        ("", PassphraseSource(None, {}, lambda _: PIN)),
    ]
    for query, source in sources:
        token = device.new_token()
        in_token(token, 'pair("k", b"1")')
        assert open_key(f"{token._replace(object='k')}{query}", source).algorithm == "ES256", query


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "hsm-pin-missing"),
        ("?pin-source=file:pin", "hsm-pin-source"),
        ("?pin-source=file://host/pin", "hsm-pin-source"),
        ("?pin-source=|/bin/pin", "hsm-pin-source"),
        ("?pin-source=https://host/pin", "hsm-pin-source"),
        ("?pin-source=file:/no/such/file", "passphrase-file"),
    ],
)
def test_without_a_pin_nothing_is_tried(device: SoftHsm, query: str, code: str) -> None:
    token = device.new_token()
    with pytest.raises(KeyFailureError) as caught:
        open_key(f"{token._replace(object='k')}{query}", with_pin(None))
    assert caught.value.code == code


@pytest.mark.usefixtures("device")
def test_a_last_try_is_only_taken_by_a_person() -> None:
    from pkcs11 import TokenFlag  # noqa: PLC0415 - an extra

    from certx.keys.pkcs11_tokens import Pin, refuse_risky_try  # noqa: PLC0415

    final = int(TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY)
    refuse_risky_try(final, Pin("x", is_typed=True), "t")
    refuse_risky_try(int(TokenFlag.USER_PIN_COUNT_LOW), Pin("x", is_typed=False), "t")
    with pytest.raises(KeyFailureError) as caught:
        refuse_risky_try(final, Pin("x", is_typed=False), "t")
    assert caught.value.code == "hsm-pin-final"
    with pytest.raises(KeyFailureError) as caught:
        refuse_risky_try(int(TokenFlag.USER_PIN_LOCKED), Pin("x", is_typed=True), "t")
    assert caught.value.code == "hsm-pin-locked"


@pytest.mark.usefixtures("device")
def test_a_wrong_pin_is_told_with_what_the_device_says_of_further_tries() -> None:
    from pkcs11 import TokenFlag  # noqa: PLC0415 - an extra

    from certx.keys.pkcs11_tokens import wrong_pin  # noqa: PLC0415

    low, last, locked = TokenFlag.USER_PIN_COUNT_LOW, TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_LOCKED
    told = [wrong_pin(int(flags), "t").hint for flags in (0, low, low | last, low | last | locked)]
    assert told == ["hsm-pin-wrong", "hsm-pin-low", "hsm-pin-final", "hsm-pin-locked"]


# The device goes away


def test_a_session_that_was_lost_is_said_so_and_the_key_opens_again(device: SoftHsm) -> None:
    uri = device.new_key()
    signer: Any = open_key(uri)
    signer._key.session.close()
    with pytest.raises(KeyFailureError) as caught:
        signer.sign(b"x")
    assert describe(caught) == ("hsm-lost", "hsm-lost")
    assert len(open_key(uri).sign(b"x")) == 64


def test_a_key_that_is_deleted_meanwhile_signs_no_more(device: SoftHsm) -> None:
    uri = device.new_key()
    signer = open_key(uri)
    in_token(uri, "for held in list(s.get_objects()): held.destroy()")
    with pytest.raises(KeyFailureError) as caught:
        signer.sign(b"x")
    assert caught.value.code in {"hsm-lost", "hsm-failed"}


FORKS = """
import multiprocessing, sys
from pathlib import Path
from certx.app.machine.keystore import PassphraseSource, open_signer
from certx.errors import KeyFailureError
source = PassphraseSource(Path(sys.argv[2]), {}, lambda _: None)
parent = open_signer(sys.argv[1], Path("."), passphrase=source)
def child(answers):
    try:
        parent.sign(b"x")
    except KeyFailureError as error:
        answers.put(error.code)
    own = open_signer(sys.argv[1], Path("."), passphrase=source)
    answers.put((own.kid == parent.kid, len(own.sign(b"x"))))
context = multiprocessing.get_context("fork")
answers = context.SimpleQueue()
others = [context.Process(target=child, args=(answers,)) for _ in range(2)]
for other in others: other.start()
for other in others: other.join(30)
print(sorted(str(answers.get()) for _ in range(4)), len(parent.sign(b"x")), [other.exitcode for other in others])
"""


AT_ONCE = """
import sys
from pathlib import Path
import certx.keys.pkcs11
from certx.app.machine.keystore import PassphraseSource, open_signer
print("ready", flush=True)
sys.stdin.readline()
source = PassphraseSource(Path(sys.argv[2]), {}, lambda _: None)
print(len(open_signer(sys.argv[1], Path("."), passphrase=source).sign(b"x")))
"""


def test_many_processes_may_open_a_key_at_once(device: SoftHsm) -> None:
    """Without a lock a third of these openings fail, for SoftHSM shows no token while another process logs in."""
    command = [sys.executable, "-c", AT_ONCE, str(device.new_key()), str(device.pin_file)]
    for _ in range(3):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        others = [subprocess.Popen(command, text=True, **pipes) for _ in range(4)]
        for other in others:
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"
        for other in others:
            assert other.stdin is not None
            other.stdin.write("go\n")
            other.stdin.flush()
        assert [other.communicate(timeout=60) for other in others] == [("64\n", "")] * 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_opens_the_key_anew(device: SoftHsm) -> None:
    uri = device.new_key()
    command = [sys.executable, "-W", "ignore", "-c", FORKS, str(uri), str(device.pin_file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "['(True, 64)', '(True, 64)', 'key-not-portable', 'key-not-portable'] 64 [0, 0]\n"


# Modules and references


def test_a_module_is_named_by_the_reference_or_the_environment(device: SoftHsm, tmp_path: Path) -> None:
    uri = device.new_key()
    broken = tmp_path / "broken.so"
    broken.write_text("no library")
    named = uri._replace(module_name="softhsm2")
    assert open_key(named).kid == open_key(uri).kid
    cases = [
        (uri._replace(module_path=str(broken)), {}, "hsm-module-broken"),
        (uri._replace(module_path="/no/such/module.so"), {}, "hsm-module-broken"),
        (uri, {"CERTX_PKCS11_MODULE": str(broken)}, "hsm-module-broken"),
        (uri._replace(module_name="no-such-module"), {"CERTX_PKCS11_MODULE": str(broken)}, "hsm-module-missing"),
        (uri._replace(module_name="../../etc/passwd"), {}, "hsm-module-missing"),
    ]
    for reference, environment, code in cases:
        with pytest.raises(KeyFailureError) as caught:
            open_key(reference, PassphraseSource(device.pin_file, environment, lambda _: None))
        assert caught.value.code == code


def test_a_reference_to_what_is_no_private_key_is_refused(key: Pkcs11Uri) -> None:
    with pytest.raises(KeyFailureError) as caught:
        open_key(key._replace(type="public"))
    assert caught.value.code == "hsm-uri-type"


def test_the_public_key_is_had_by_the_pin_and_not_unseen(key: Pkcs11Uri) -> None:
    assert find_public(str(key), NOWHERE, passphrase=with_pin()).jwk == open_key(key).public_jwk
    with pytest.raises(KeyFailureError) as caught:
        read_public(str(key), NOWHERE)
    assert caught.value.code == "hsm-public-file"
