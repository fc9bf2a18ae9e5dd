"""`certx demo`: two regions, one day, everything for real in one folder.

registry/   the keys/-shaped trust folder of Sichuan and Chongqing
issuer/     CERTX_HOME of an issuer in Chengdu: its key, its ledger
counter/    CERTX_HOME of a counter in Chongqing
rows/       sample rows of every licence type
issued/     what came of them
cases/      one credential for each verdict
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple

import orjson

from certx.app.files import replace_file
from certx.app.issuing import issue_table
from certx.app.keystore import KeyFile, PassphraseSource, create_key, open_signer
from certx.app.setup import Anchor, initialise
from certx.app.sources import LocalSources
from certx.app.stores import schemas
from certx.app.verifying import verify_inputs
from certx.batch.order import Order
from certx.credential.jws import sign_jws
from certx.credential.parse import parse
from certx.errors import UsageError
from certx.keys import Signer, new_signer
from certx.keys.encoding import base64url
from certx.reason import Outcome, Reason
from certx.schema.catalogue import require
from certx.settings import Settings
from certx.verdict import Answer

SICHUAN: Final = "510000"
CHONGQING: Final = "500000"
ISSUER: Final = "urn:certx:issuer:11510100MB9X0A012X"
NOT_COVERED: Final = "data-broker-qualification"
"""The one type that the demo's agreement leaves out."""


class Case(NamedTuple):
    """One case: what is shown, what must come of it, and what came of it."""

    name: str
    params: Mapping[str, str]
    expected: Outcome
    expected_reason: Reason | None
    answer: Answer

    @property
    def came_out(self) -> bool:
        """Did it come out as it must?"""
        verdict = self.answer.verdict
        if verdict is None or verdict.outcome is not self.expected:
            return False
        reason = verdict.deciding.reason if verdict.deciding is not None else None
        return reason == self.expected_reason


def run_demo(folder: Path, *, now: float) -> list[Case]:
    """Play the day in an empty or new folder; raises `UsageError` if there is something in it."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("demo-folder", hint="demo-folder", path=str(folder))
    stage = _Stage(folder, now)
    stage.set_up()
    stage.issue_all()
    return list(stage.cases())


class _Stage:
    """The folder and the people in it."""

    def __init__(self, folder: Path, now: float) -> None:
        self._folder, self._now = folder, now
        self._catalogue = schemas()
        self._registry = folder / "registry"
        self._issuer = Settings(folder / "issuer", registry=self._registry)
        self._counter = Settings(folder / "counter", region=CHONGQING, registry=self._registry)
        self._passphrase = PassphraseSource(folder / "issuer" / "passphrase", {}, lambda _: None)

    def set_up(self) -> None:
        """Keys, registry, homes, sample rows."""
        secret = token_urlsafe(24).encode() + b"\n"
        replace_file(self._folder / "issuer" / "passphrase", secret, mode=0o600, folder_mode=0o700)
        key = create_key("samr", self._issuer.keys, algorithm="ES256", passphrase=self._passphrase)
        self._publish(key)
        nobody = Anchor(None, None, lambda: None)
        initialise(self._issuer._replace(region="510100"), str(self._registry), nobody)
        initialise(self._counter, str(self._registry), nobody)
        for name in self._catalogue.types():
            source = self._catalogue.folder / name / "rows.csv"
            replace_file(self._folder / "rows" / f"{name}.csv", source.read_bytes())

    def _publish(self, key: KeyFile) -> None:
        listed = {"kid": key.jwk["kid"], "jwk": key.jwk, "from": "2020-01-01T00:00:00+08:00", "state": "active"}
        issuer = {
            "id": ISSUER,
            "name": {"zh": "成都市政务服务局(虚构)", "en": "Chengdu Service Bureau (fictional)"},
            "creditCode": ISSUER.rpartition(":")[2],
            "area": "510100",
            "types": self._catalogue.types(),
            "keys": [listed],
        }
        self._region(SICHUAN, {"zh": "四川省", "en": "Sichuan"}, [issuer])
        self._region(CHONGQING, {"zh": "重庆市", "en": "Chongqing"}, [])

    def _region(self, code: str, name: Mapping[str, str], issuers: Sequence[Mapping[str, Any]]) -> None:
        document = {"region": code, "name": name, "issuers": issuers}
        _write_json(self._registry / code / "keys.json", document)
        agreement = {
            "id": "agr-500000-510000-1",
            "version": 1,
            "title": {"zh": "川渝电子证照互认协议(示例)", "en": "Sichuan–Chongqing agreement (example)"},
            "parties": [CHONGQING, SICHUAN],
            "types": [name for name in self._catalogue.types() if name != NOT_COVERED],
            "issuedIn": [CHONGQING, SICHUAN],
            "acceptedIn": [CHONGQING, SICHUAN],
            "from": "2026-01-01",
        }
        _write_json(self._registry / code / "agreements" / f"{agreement['id']}.json", agreement)

    def issue_all(self) -> None:
        """Licences of every type from the sample rows."""
        for name in self._catalogue.types():
            self._issue(name, self._folder / "rows" / f"{name}.csv", self._folder / "issued" / f"{name}.jsonl")

    def _issue(self, licence_type: str, rows: Path, out: Path) -> list[str]:
        order = Order(str(rows), licence_type, ISSUER, str(out))
        report = issue_table(order, self._signer(), self._issuer, now=self._now, describe=lambda problem: problem.code)
        if report.rejected:
            raise UsageError("usage", detail=f"{rows}: {[p.code for r in report.rejected for p in r.problems]}")
        return [orjson.loads(line)["credential"] for line in out.read_bytes().splitlines()]

    def _signer(self) -> Signer:
        return open_signer("samr", self._issuer.keys, passphrase=self._passphrase)

    def cases(self) -> Iterator[Case]:
        """Every verdict that a counter can give, one after the other."""
        counter = self._counter
        for name in self._catalogue.types():
            label = {"type": require(self._catalogue, name).label.zh, "en": require(self._catalogue, name).label.en}
            credential = self._credential(name)
            if name == NOT_COVERED:
                yield self._case("not-recognised", credential, Outcome.NOT_ACCEPTABLE, Reason.NO_AGREEMENT, counter)
            else:
                yield self._case("accepted", credential, Outcome.ACCEPTED, None, counter, params=label)
        good = self._credential("business-licence")
        yield self._case("altered", _alter_payload(good), Outcome.INVALID, Reason.SIGNATURE_WRONG, counter)
        altered = _alter_disclosure(good)
        yield self._case("disclosure-altered", altered, Outcome.INVALID, Reason.DISCLOSURE_UNREFERENCED, counter)
        yield self._case("expired", self._expired(), Outcome.INVALID, Reason.EXPIRED, counter)
        stranger = _resign(good, new_signer("ES256"))
        yield self._case("stranger", stranger, Outcome.INVALID, Reason.KEY_NOT_LISTED, counter)
        nothing = Settings(self._folder / "counter", region=CHONGQING)
        yield self._case("no-registry", good, Outcome.UNDETERMINED, Reason.REGISTRY_MISSING, nothing)

    def _credential(self, licence_type: str) -> str:
        first = (self._folder / "issued" / f"{licence_type}.jsonl").read_bytes().splitlines()[0]
        return str(orjson.loads(first)["credential"])

    def _expired(self) -> str:
        with (self._folder / "rows" / "business-licence.csv").open(encoding="utf-8", newline="") as file:
            row = next(csv.DictReader(file))
        row |= {"证照编号": "51010000202001010099", "证照有效期截止日期": "2026-01-31"}
        rows = self._folder / "rows" / "expired.jsonl"
        replace_file(rows, orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        return self._issue("business-licence", rows, self._folder / "issued" / "expired.jsonl")[0]

    def _case(
        self,
        name: str,
        credential: str,
        expected: Outcome,
        reason: Reason | None,
        settings: Settings,
        *,
        params: Mapping[str, str] | None = None,
    ) -> Case:
        path = self._folder / "cases" / f"{name}.txt"
        if not path.exists():
            replace_file(path, credential.encode() + b"\n")
        answer = next(iter(verify_inputs([credential], LocalSources(settings, now=self._now), now=self._now)))
        return Case(name, params or {}, expected, reason, answer)


def _alter_payload(credential: str) -> str:
    """The same credential with one claim changed after signing."""
    issuer_signed, tilde, rest = credential.partition("~")
    header, _, signature = issuer_signed.split(".")
    claims = {**parse(credential).jws.payload, "certificateNumber": "51010000202609999999"}
    return ".".join((header, base64url(orjson.dumps(claims)), signature)) + tilde + rest


def _alter_disclosure(credential: str) -> str:
    """The same credential with one disclosed value changed."""
    issuer_signed, *disclosures, last = credential.split("~")
    forged = base64url(orjson.dumps(["AAAAAAAAAAAAAAAAAAAAAA", "registeredCapital", 99_999]))
    return "~".join((issuer_signed, forged, *disclosures[1:], last))


def _resign(credential: str, signer: Signer) -> str:
    """The same payload under another key, which its header names."""
    header = base64url(orjson.dumps({"alg": signer.algorithm, "typ": "dc+sd-jwt", "kid": signer.kid}))
    _, tilde, rest = credential.partition("~")
    return sign_jws(header, dict(parse(credential).jws.payload), signer) + tilde + rest


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    replace_file(path, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
