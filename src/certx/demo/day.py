"""Two regions, one day, everything for real in one folder.

custodians/ the keys of federation and regions, as their keepers have them: encrypted, and never in the registry
source/     the reviewed source of trust, of the shape of `keys/`
registry/   the signed registry: static files
issuer/     CERTX_HOME of an issuer in Chengdu: its keys, its ledger; `bench.json` says how to measure it
counter/    CERTX_HOME of a counter in Chongqing
rows/       sample rows of every licence type
issued/     what came of them
cases/      one credential for each verdict
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple

import orjson

from certx.app.issuing.run import issue_table
from certx.app.issuing.work import Secret, WorkOrder
from certx.app.machine.files import replace_file
from certx.app.machine.keystore import KeyFile, PassphraseSource, create_key, open_signer
from certx.app.machine.shipped import schemas
from certx.app.registry.setup import Anchor, initialise
from certx.app.registry.sources import LocalSources
from certx.app.registry.syncing import sync
from certx.app.status.issuance_log import publish_checkpoint
from certx.app.status.statuses import publish_lists, read_event, set_statuses
from certx.app.trust.founding import (
    Keeper,
    add_issuer,
    add_region,
    find_keepers,
    found_federation,
    standard_roles,
)
from certx.app.trust.key_life import add_key
from certx.app.trust.publishing import publish
from certx.app.verifying.verdicts import verify_inputs
from certx.batch.order import Order
from certx.demo.forgery import alter_disclosure, alter_payload, resign
from certx.errors import UsageError
from certx.keys import new_signer
from certx.licence.status import CanonicalStatus
from certx.reason import Outcome, Reason
from certx.schema.catalogue import require
from certx.settings import Settings, load_settings
from certx.trust.lifecycle import KeyPurpose
from certx.verdict import Answer

SICHUAN: Final = "510000"
CHONGQING: Final = "500000"
ISSUER: Final = "urn:certx:issuer:11510100MB9X0A012X"
NOT_COVERED: Final = "data-broker-qualification"
"""The one type that the demo's agreement leaves out."""


_ISSUER_KEYS: Final = {
    "samr": (KeyPurpose.LICENCES, "ES256"), "samr-status": (KeyPurpose.STATUS, "ES256"),
    "samr-log": (KeyPurpose.LOG, "Ed25519"),
}  # fmt: skip
"""The issuer's keys: as what each is listed, and what it signs with."""
_MORE: Final = {
    "expired": {"证照编号": "51010000202001010099", "证照有效期截止日期": "2026-01-31"},
    "revoked": {"证照编号": "51010000202001010098"},
    "suspended": {"证照编号": "51010000202001010097"},
}
"""Business licences with something of their own, for a case each."""


_NO_LONGER_GOOD: Final = {"expired": Reason.EXPIRED, "revoked": Reason.REVOKED, "suspended": Reason.SUSPENDED}


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


def begin(folder: Path, *, now: float) -> "Stage":
    """The stage of a day in an empty or new folder; raises `UsageError` if there is something in it."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("output-not-a-folder", hint="demo-folder", path=str(folder))
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("demo-folder", hint="demo-folder", path=str(folder))
    return Stage(folder, now)


class Stage:
    """The folder and the people in it."""

    def __init__(self, folder: Path, now: float) -> None:
        self.folder, self.now = folder, now
        self.source, self.registry = folder / "source", folder / "registry"
        self._catalogue = schemas()
        self._custody = folder / "custodians" / "keys"
        self._passphrase = PassphraseSource(folder / "issuer" / "passphrase", {}, lambda _: None)
        self._custodians: list[str] = []
        self._issuer = self.counter = Settings(folder)

    def play(self) -> list[Case]:
        """The day, and every verdict that a counter can give at its end."""
        self.set_up()
        self.issue_all()
        self.publish_statuses()
        return list(self.cases())

    def set_up(self) -> None:
        """Keys, federation, registry, homes, sample rows."""
        secret = token_urlsafe(24).encode() + b"\n"
        replace_file(self.folder / "issuer" / "passphrase", secret, mode=0o600, folder_mode=0o700)
        own = self.folder / "issuer" / "keys"
        keys = {
            name: create_key(name, own, algorithm=algorithm, passphrase=self._passphrase)
            for name, (_, algorithm) in _ISSUER_KEYS.items()
        }
        self._found(keys)
        self.publish()
        self._issuer = self.home("issuer", "510100")
        self.counter = self.home("counter", CHONGQING)
        for name in self._catalogue.types():
            source = self._catalogue.folder / name / "rows.csv"
            replace_file(self.folder / "rows" / f"{name}.csv", source.read_bytes())
        self._describe_bench()

    def _keepers(self, name: str, count: int) -> list[Keeper]:
        """Custodians with keys of their own."""
        names = [f"{name}-{number}" for number in range(1, count + 1)]
        self._custodians += names
        made = [create_key(key, self._custody, algorithm="Ed25519", passphrase=self._passphrase) for key in names]
        return find_keepers([key.name for key in made], self._custody)

    def _found(self, keys: Mapping[str, KeyFile]) -> None:
        """The federation of two regions, an issuer, and the agreement that both regions publish."""
        roles = standard_roles(
            self._keepers("root", 5), self._keepers("federation", 3), self._keepers("online", 2), [], []
        )
        found_federation(self.source, roles, {"root": 3})
        for code, name in ((SICHUAN, "sichuan"), (CHONGQING, "chongqing")):
            add_region(self.source, code, self._keepers(name, 3), self._keepers(f"{name}-status", 1), None)
        add_issuer(
            self.source, SICHUAN, ISSUER.rpartition(":")[2],
            name={"zh": "成都市政务服务局(虚构)", "en": "Chengdu Service Bureau (fictional)"},
            area="510100", types=self._catalogue.types(),
        )  # fmt: skip
        for name, (use, _) in _ISSUER_KEYS.items():
            keeper = Keeper(name, keys[name].jwk)
            add_key(self.source, ISSUER, keeper, "2020-01-01T00:00:00+08:00", use=use, now=self.now)
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
        for code in (SICHUAN, CHONGQING):
            _write_json(self.source / code / "agreements" / f"{agreement['id']}.json", agreement)

    def publish(self) -> None:
        """All custodians sign what is new, and it is served."""
        signers = [open_signer(name, self._custody, passphrase=self._passphrase) for name in self._custodians]
        done = publish(self.source, self.registry, signers, now=self.now)
        if done.version is None or done.pending:
            raise UsageError("usage", detail=f"{done.pending} {done.review.problems}")

    def home(self, name: str, region: str) -> Settings:
        """A machine that was given the root of trust by its region, and has synced."""
        root = Anchor(self.registry / "metadata" / "1.root.json", None, lambda: None)
        initialise(Settings(self.folder / name, region=region), str(self.registry), root)
        settings = load_settings({"CERTX_HOME": str(self.folder / name)})
        sync(settings, now=self.now)
        return settings

    def _describe_bench(self) -> None:
        """How to measure this issuer, with CERTX_HOME: the arguments of `certx issue`, and a row to make many of."""
        home = (self.folder / "issuer").resolve()
        command = [
            "issue", "{rows}", "--type", "business-licence", "--issuer", ISSUER,
            "--key", "samr", "--passphrase-file", str(home / "passphrase"),
            "--out", "{out}", "--workers", "{workers}",
        ]  # fmt: skip
        row = {
            "certificateNumber": "51010000202699000001", "issuedDate": "2026-01-05", "effectiveDate": "2026-01-05",
            "holders[0].name": "成都示例数据科技有限公司", "holders[0].code": "91510100MA9XQ00138",
            "entityType": "有限责任公司(自然人投资或控股)", "legalRepresentative": "张示例", "registeredCapital": "50",
            "establishedDate": "2016-01-05", "address": "四川省成都市高新区示例大道100号",
            "businessScope": "软件开发；数据处理和存储支持服务", "approvedDate": "2026-01-04",
        }  # fmt: skip
        _write_json(home / "bench.json", {"command": command, "row": row, "vary": "certificateNumber"})

    def issue_all(self) -> None:
        """Licences of every type from the sample rows, and three more that will not be accepted."""
        for name in self._catalogue.types():
            self.issue(name, self.folder / "rows" / f"{name}.csv", self.folder / "issued" / f"{name}.jsonl")
        for case, cells in _MORE.items():
            self._issue_one(case, cells)

    def publish_statuses(self) -> None:
        """One licence is revoked and one suspended; lists and log are published, and the counter syncs."""
        for name, status in (("revoked", "revoked-penalty"), ("suspended", "suspended")):
            event = read_event(CanonicalStatus(status), None, "demo", now=self.now)
            set_statuses([self._line(name)["licence_id"]], event, self._issuer, now=self.now)
        folder = self.source / SICHUAN / "status"
        signer = open_signer("samr-status", self._issuer.keys, passphrase=self._passphrase)
        for _ in publish_lists(ISSUER, signer, folder, self._issuer, days=7, now=self.now):
            pass
        log_key = open_signer("samr-log", self._issuer.keys, passphrase=self._passphrase)
        publish_checkpoint(ISSUER, log_key, self.source / SICHUAN, self._issuer, now=self.now)
        self.publish()
        self.sync_counter()

    def sync_counter(self) -> None:
        """The counter takes in what is published."""
        sync(self.counter, now=self.now)

    def issue(self, licence_type: str, rows: Path, out: Path) -> None:
        """Issue what a table has; raises `UsageError` if a row of it cannot be."""
        order = Order(str(rows), licence_type, ISSUER, str(out))
        work = WorkOrder(order, self._issuer, "samr", Secret(self._passphrase), self.now)
        report = issue_table(work, describe=lambda problem: problem.code)
        if report.tally.rejected:
            codes = [p.code for rejected in report.tally.first_rejected for p in rejected.problems]
            raise UsageError("usage", detail=f"{rows}: {codes}")

    def _issue_one(self, name: str, cells: Mapping[str, str]) -> None:
        """A business licence like the first of the sample rows, but for some cells."""
        with (self.folder / "rows" / "business-licence.csv").open(encoding="utf-8", newline="") as file:
            row = {**next(csv.DictReader(file)), **cells}
        rows = self.folder / "rows" / f"{name}.jsonl"
        replace_file(rows, orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        self.issue("business-licence", rows, self.folder / "issued" / f"{name}.jsonl")

    def _line(self, name: str) -> dict[str, str]:
        """The first line of what was issued under a name."""
        line: dict[str, str] = orjson.loads((self.folder / "issued" / f"{name}.jsonl").read_bytes().splitlines()[0])
        return line

    def cases(self) -> Iterator[Case]:
        """Every verdict that a counter can give, one after the other."""
        counter = self.counter
        for name in self._catalogue.types():
            label = {"type": require(self._catalogue, name).label.zh, "en": require(self._catalogue, name).label.en}
            credential = self._credential(name)
            if name == NOT_COVERED:
                yield self._case("not-recognised", credential, Outcome.NOT_ACCEPTABLE, Reason.NO_AGREEMENT, counter)
            else:
                yield self._case("accepted", credential, Outcome.ACCEPTED, None, counter, params=label)
        good = self._credential("business-licence")
        yield self._case("altered", alter_payload(good), Outcome.INVALID, Reason.SIGNATURE_WRONG, counter)
        altered = alter_disclosure(good)
        yield self._case("disclosure-altered", altered, Outcome.INVALID, Reason.DISCLOSURE_UNREFERENCED, counter)
        for case, reason in _NO_LONGER_GOOD.items():
            yield self._case(case, self._credential(case), Outcome.INVALID, reason, counter)
        stranger = resign(good, new_signer("ES256"))
        yield self._case("stranger", stranger, Outcome.INVALID, Reason.KEY_NOT_LISTED, counter)
        nothing = Settings(self.folder / "counter", region=CHONGQING)
        yield self._case("no-registry", good, Outcome.UNDETERMINED, Reason.REGISTRY_MISSING, nothing)

    def _credential(self, name: str) -> str:
        return self._line(name)["credential"]

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
        path = self.folder / "cases" / f"{name}.txt"
        if not path.exists():
            replace_file(path, credential.encode() + b"\n")
        answer = next(iter(verify_inputs([credential], LocalSources(settings, now=self.now), now=self.now)))
        return Case(name, params or {}, expected, reason, answer)


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    replace_file(path, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
