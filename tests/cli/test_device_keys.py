"""An issuer whose key is in a device, from the making of the key to a verdict."""

import json
from pathlib import Path

import pytest

from certx.keys.encoding import from_base64url
from cli.runner import Result, Session, folder_of
from softhsm import PIN, SoftHsm

ISSUER = "11510100MB9X0A012X"
ORDER = f"--type business-licence --issuer {ISSUER}"


@pytest.fixture
def desk(town: Path, device: SoftHsm, tmp_path: Path) -> tuple[Session, str]:
    """A shell, and the beginning of references to a fresh token; the PIN is in the file `pin`."""
    folder = folder_of(town, tmp_path)
    (folder / "pin").write_text(f"{PIN}\n")
    session = Session(folder, SOFTHSM2_CONF=str(device.configuration), CERTX_REGION="500000")
    session.run("certx init --region 510000 --registry registry")
    return session, str(device.new_token())


def silent(result: Result, status: int) -> Result:
    """The status is as expected, and the PIN is said nowhere."""
    assert result.status == status, result.stderr
    assert PIN not in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_a_licence_is_signed_by_a_device_and_accepted(desk: tuple[Session, str], algorithm: str) -> None:
    session, token = desk
    key = f"'{token};object=签发'"
    pin = "--passphrase-file pin"
    made = silent(session.run(f"certx key new {key} --algorithm {algorithm} {pin} --json"), 0)
    assert json.loads(made.stdout)["uri"] == key.strip("'")
    assert "it cannot leave it" in made.stderr
    silent(session.run(f"certx key public {key} {pin} > device.jwk.json"), 0)
    jwk = json.loads((session.folder / "device.jwk.json").read_text())
    assert (jwk["alg"], jwk["kid"]) == (algorithm, json.loads(made.stdout)["jwk"]["kid"])
    assert jwk["kid"] in silent(session.run(f"certx key show {key} {pin}"), 0).stdout
    (listed,) = silent(session.run(f"certx key list '{token}' {pin} --json"), 0).stdout.splitlines()
    assert json.loads(listed)["jwk"] == jwk
    again = json.loads(listed)["uri"]
    assert jwk["kid"] in silent(session.run(f"certx key show '{again}' {pin}"), 0).stdout
    silent(session.run(f"certx trust key add registry device.jwk.json --issuer {ISSUER}"), 0)
    order = f"certx issue rows/business-licence.csv {ORDER} --registry registry --out device.jsonl"
    silent(session.run(f"{order} --key {key}", CERTX_PIN=PIN), 0)
    verdicts = silent(session.run("certx verify device.jsonl --json --registry registry"), 0).stdout.splitlines()
    assert {json.loads(verdict)["outcome"] for verdict in verdicts} == {"accepted"}
    wrong = silent(session.run(f"{order}2 --key {key}", CERTX_PIN="99999999"), 7)
    assert "wrong PIN" in wrong.stderr
    assert "99999999" not in wrong.stderr
    assert not (session.folder / "device.jsonl2").exists()
    missing = silent(session.run(f"{order}2 --key {key}"), 7)
    assert "no terminal to ask at" in missing.stderr


def test_status_lists_and_checkpoints_are_signed_by_a_device(desk: tuple[Session, str]) -> None:
    session, token = desk
    session.environment["CERTX_PIN"] = PIN
    for name in ("status", "log"):
        silent(session.run(f"certx key new '{token};object={name}' --algorithm Ed25519"), 0)
        silent(session.run(f"certx key public '{token};object={name}' > {name}.jwk.json"), 0)
        silent(session.run(f"certx trust key add registry {name}.jwk.json --issuer {ISSUER} --{name}"), 0)
    software = "--key samr --passphrase-file passphrase"
    silent(session.run(f"certx issue rows/business-licence.csv {ORDER} {software} --out o"), 0)
    publish = f"certx status publish --issuer {ISSUER} --key '{token};object=status' --out lists"
    silent(session.run(publish), 0)
    (token_file,) = (session.folder / "lists").glob("*.jwt")
    header = json.loads(from_base64url(token_file.read_bytes().partition(b".")[0]))
    assert header["kid"] == json.loads((session.folder / "status.jwk.json").read_text())["kid"]
    checkpoint = f"certx status checkpoint --issuer {ISSUER} --key '{token};object=log' --out log"
    silent(session.run(checkpoint), 0)


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("certx key show '{}?pin-value=31415926'", 7, "a PIN must not stand in a key reference"),
        ("certx key show '{};objekt=x'", 7, "'objekt' at character"),
        ("certx key show '{};object=nobody' --passphrase-file pin", 7, "no private key in the token"),
        ("certx key show 'pkcs11:token=nobody' --passphrase-file pin", 7, "no token is 'pkcs11:token=nobody'"),
        ("certx key show '{};object=x?module-path=/no/module.so'", 7, "cannot load the PKCS#11 module /no/module.so"),
        ("certx key list somewhere", 7, "a key reference begins with pkcs11:"),
        ("certx trust key add registry '{};object=x' --issuer " + ISSUER, 7, "is asked of the device first"),
        ("PYTHONPATH=without certx key show '{};object=x'", 7, "pip install 'certx[hsm]'"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(
    desk: tuple[Session, str], command: str, status: int, said: str
) -> None:
    session, token = desk
    (session.folder / "without").mkdir()
    (session.folder / "without" / "pkcs11.py").write_text("raise ModuleNotFoundError('pkcs11')\n")
    result = silent(session.run(command.format(token)), status)
    assert said in result.stderr
    assert "certx: hint: " in result.stderr
    assert "certx: 错误" in session.run(command.format(token), CERTX_LANG="zh").stderr
