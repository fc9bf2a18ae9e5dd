"""The same work for everybody: 500 business licences of 12 columns, each with 9 Disclosures.

The issuer, the counter, their registry and their agreement are those that `certx demo` makes in a folder.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import cycle, islice
from os import urandom
from pathlib import Path
from typing import Any, Final

from certx.app.machine.clock import now
from certx.app.machine.keystore import PassphraseSource, open_signer
from certx.app.registry.sources import LocalSources, open_registry
from certx.credential.parse import parse
from certx.credential.sdjwt import random_salts
from certx.demo import ISSUER, SICHUAN, begin
from certx.issue import Draft, IssuePlan, Reserved
from certx.keys.algorithms import P256Signer
from certx.ledger import LIST_CAPACITY, ListPlace
from certx.licence.check_digits import credit_check, organisation_check
from certx.reason import Outcome
from certx.schema.catalogue import require
from certx.settings import load_settings
from certx.status.reference import series_of
from certx.verdict import Verdict
from certx.verify import verify

SERIES: Final = series_of(SICHUAN, ISSUER.rpartition(":")[2])
"""The status lists of the demo's issuer."""
LICENCES: Final = 500
COLUMNS: Final = 12
DISCLOSURES: Final = 9

Row = dict[str, str]

_SCOPE: Final = (
    "软件开发；数据处理和存储支持服务；信息技术咨询服务（依法须经批准的项目，经相关部门批准后方可开展经营活动）"
)


class WorkloadError(Exception):
    """What would be measured is not what was promised."""


class Workload:
    """Rows, drafts and credentials, and certx's own two ways between them."""

    def __init__(self, folder: Path) -> None:
        self.now = now()
        begin(folder, now=self.now).play()
        self.home = folder / "counter"
        issuer = load_settings({"CERTX_HOME": str(folder / "issuer")})
        passphrase = PassphraseSource(folder / "issuer" / "passphrase", {}, lambda _: None)
        signer = open_signer("samr", issuer.keys, passphrase=passphrase)
        if not isinstance(signer, P256Signer):
            raise WorkloadError(signer)
        self.signer = signer
        self.sources = LocalSources(load_settings({"CERTX_HOME": str(self.home)}), now=self.now)
        self.plan = IssuePlan(
            require(self.sources.catalogue, "business-licence"),
            open_registry(issuer).registry.issuer_named(ISSUER),
            signer,
            salts=random_salts(),
            context=self.sources.context,
        )
        self._places = cycle(range(LIST_CAPACITY))
        self.rows = [_row(number) for number in range(LICENCES)]
        self._check()

    def numbered_rows(self, count: int) -> Iterator[Row]:
        """So many different rows."""
        return (row | {"证照编号": f"510100{number:014}"} for number, row in enumerate(islice(cycle(self.rows), count)))

    def draft(self, row: Row) -> Draft:
        """Row to validated draft, its serial drawn as a run of `certx issue` does."""
        return self.plan.draft(row, serial=urandom(10).hex().upper(), issued_at=int(self.now))

    def sign(self, drafts: Sequence[Draft]) -> list[str]:
        """Drafts to credential texts."""
        reserved = [Reserved(each, each.licence_id, ListPlace(SERIES, 1, next(self._places))) for each in drafts]
        return [signed.credential for signed in self.plan.sign_each(reserved, issued_at=int(self.now))]

    def verify(self, credential: str) -> Verdict:
        """Text to verdict: signed form, trust, schema, status, agreement."""
        return verify(credential, self.sources, now=self.now)

    @cached_property
    def credentials(self) -> list[str]:
        """One credential of each row."""
        return self.sign([self.draft(row) for row in self.rows])

    @cached_property
    def signing_inputs(self) -> list[bytes]:
        """What the signature of each credential covers."""
        return [text.partition("~")[0].rpartition(".")[0].encode() for text in self.credentials]

    @cached_property
    def claims(self) -> list[dict[str, Any]]:
        """The whole payload of each credential, nothing concealed: what other issuers start from."""
        return [parse(text).claims for text in self.credentials]

    def _check(self) -> None:
        """Is it the work that was promised, and are all of it accepted?"""
        for row, text in zip(self.rows, self.credentials, strict=True):
            verdict = self.verify(text)
            counted = (len(row), text.count("~") - 1)
            if counted != (COLUMNS, DISCLOSURES) or verdict.outcome is not Outcome.ACCEPTED:
                raise WorkloadError(counted, verdict)


def check_sample(credential: str) -> None:
    """Did a peer make as many Disclosures?"""
    if credential.count("~") != DISCLOSURES + 1:
        raise WorkloadError(credential)


def _row(number: int) -> Row:
    """A company that does not exist; 14 to 97 (10 000 CNY) of capital, so that one derived claim holds."""
    return {
        "名称": f"成都示例数据科技第{number:03d}有限公司",
        "统一社会信用代码": _credit_code(number),
        "证照编号": f"5101000020260101{number:04d}",
        "类型": "有限责任公司(自然人投资或控股)",
        "法定代表人": "张示例",
        "注册资本": str(14 + number % 84),
        "成立日期": f"20{10 + number % 15}-0{1 + number % 9}-05",
        "住所": f"四川省成都市高新区示例大道{100 + number}号",
        "经营范围": _SCOPE,
        "核准日期": "2026-01-04",
        "登记日期": "2026-01-05",
        "有效期起": "2026-01-05",
    }


def _credit_code(number: int) -> str:
    organisation = f"MA9XQ{number:03d}"
    body = f"91510100{organisation}{organisation_check(organisation)}"
    return body + credit_check(body)
