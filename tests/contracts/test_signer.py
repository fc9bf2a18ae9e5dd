"""What every signer must do, wherever its key is."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from certx.app.machine.keystore import PassphraseSource, create_key, open_signer
from certx.errors import KeyFailureError
from certx.keys import ALGORITHMS, Signer, read_public_key, thumbprint
from softhsm import SoftHsm

Open = Callable[[], Signer]
LARGE = bytes(range(256)) * 4_096

ELSEWHERE = """
import sys
from pathlib import Path
from certx.app.machine.keystore import PassphraseSource, open_signer
from certx.keys import read_public_key
signer = open_signer(sys.argv[1], Path("."), passphrase=PassphraseSource(Path(sys.argv[2]), {}, lambda _: None))
for _ in range(50):
    assert read_public_key(signer.public_jwk).verify(signer.sign(b"data"), b"data")
print(signer.kid)
"""


class Named(tuple[str, Path]):
    """A reference and the file of its secret: all that another process needs."""

    __slots__ = ()

    def open(self) -> Signer:
        return open_signer(self[0], Path(), passphrase=PassphraseSource(self[1], {}, lambda _: None))


@pytest.fixture(scope="module", params=[f"{home} {name}" for home in ("file", "device") for name in ALGORITHMS])
def named(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Named:
    home, algorithm = request.param.split()
    if home == "device":
        softhsm: SoftHsm = request.getfixturevalue("device")
        return Named((str(softhsm.new_key(algorithm)), softhsm.pin_file))
    folder = tmp_path_factory.mktemp("keys")
    (folder / "secret").write_text("several words of it\n")
    source = PassphraseSource(folder / "secret", {}, lambda _: None)
    return Named((str(create_key("samr", folder / "k", algorithm=algorithm, passphrase=source).path), source.file))


@pytest.fixture(scope="module")
def signer(named: Named) -> Signer:
    return named.open()


@pytest.mark.parametrize("data", [b"", b"a", b"eyJhbGciOiJFUzI1NiJ9.e30", LARGE], ids=len)
def test_a_signature_has_64_bytes_and_verifies_over_its_data_alone(signer: Signer, data: bytes) -> None:
    public = read_public_key(signer.public_jwk)
    signature = signer.sign(data)
    assert len(signature) == 64
    assert public.verify(signature, data)
    assert not public.verify(signature, data + b"x")


def test_it_is_known_by_the_thumbprint_of_its_public_key(signer: Signer) -> None:
    jwk = signer.public_jwk
    assert signer.kid == jwk["kid"] == thumbprint(jwk)
    assert signer.algorithm == jwk["alg"]
    assert set(jwk) <= {"kty", "crv", "x", "y", "kid", "alg"}
    jwk["kid"] = "changed"
    assert signer.public_jwk["kid"] == signer.kid


def test_it_refuses_to_be_copied_to_another_process(signer: Signer) -> None:
    with pytest.raises(KeyFailureError) as caught:
        pickle.dumps(signer)
    assert caught.value.code == "key-not-portable"


def test_the_same_reference_opens_the_same_key(named: Named, signer: Signer) -> None:
    assert named.open().kid == signer.kid


def test_two_other_processes_at_once_open_it_by_its_reference(named: Named, signer: Signer) -> None:
    command = [sys.executable, "-c", ELSEWHERE, named[0], str(named[1])]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for _ in range(50):
        signer.sign(b"data")
    assert [other.communicate(timeout=60)[0] for other in others] == [f"{signer.kid}\n"] * 2


def test_threads_may_share_it(signer: Signer) -> None:
    public = read_public_key(signer.public_jwk)
    texts = [str(number).encode() for number in range(400)]
    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(signer.sign, texts))
    assert all(public.verify(signature, text) for signature, text in zip(signatures, texts, strict=True))
