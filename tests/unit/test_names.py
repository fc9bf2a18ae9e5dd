"""Codes by the names that people call them; JSON, and whoever has no registry, keep the codes."""

import json
from pathlib import Path

import pytest

from certx.app.registry.names import RegistryNames
from certx.app.registry.sources import LocalSources
from certx.i18n import Language, Words
from certx.i18n.names import Named
from certx.reason import Reason, failed, undetermined
from certx.settings import Settings
from world import CHONGQING, CREDIT_CODE, ISSUER, NOW, SICHUAN

AGREEMENT = "agr-500000-510000-1"
DRIVING = failed(
    "recognition", Reason.NO_AGREEMENT, type="driving-licence", issued_in=SICHUAN, accepted_in=CHONGQING
)  # fmt: skip


@pytest.fixture
def names(tmp_path: Path) -> RegistryNames:
    """Those of a counter in Chongqing, whose registry has Sichuan and itself."""
    issuers = [{
        "creditCode": CREDIT_CODE, "id": ISSUER, "name": {"zh": "成都示例局", "en": "Chengdu Example Bureau"},
        "area": "510100", "types": ["driving-licence"], "keys": [],
    }]  # fmt: skip
    for code, zh, en in ((SICHUAN, "四川省", "Sichuan"), (CHONGQING, "重庆市", "Chongqing")):
        listed = issuers if code == SICHUAN else []
        _write(tmp_path / code / "keys.json", {"region": code, "name": {"zh": zh, "en": en}, "issuers": listed})
    agreement = {
        "id": AGREEMENT, "version": 1, "title": {"zh": "川渝协议(示例)", "en": "Example agreement"},
        "parties": [CHONGQING, SICHUAN], "types": ["business-licence"],
        "issuedIn": [SICHUAN], "acceptedIn": [CHONGQING], "from": "2026-01-01", "to": None,
    }  # fmt: skip
    _write(tmp_path / CHONGQING / "agreements" / f"{AGREEMENT}.json", agreement)
    scenario = {
        "id": "open-a-shop",
        "version": 1,
        "name": {"zh": "开店"},
        "matter": "example-0003",
        "types": ["business-licence"],
    }
    _write(tmp_path / CHONGQING / "scenarios" / "open-a-shop.json", scenario)
    settings = Settings(tmp_path / "home", region=CHONGQING, registry=tmp_path)
    return RegistryNames(LocalSources(settings, now=NOW))


def _write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")


@pytest.mark.parametrize(
    ("kind", "code", "language", "name"),
    [
        (Named.REGION, SICHUAN, "zh", "四川省"),
        (Named.REGION, SICHUAN, "en", "Sichuan"),
        (Named.REGION, "440000", "zh", "广东省"),
        (Named.REGION, "999999", "zh", "999999"),
        (Named.TYPE, "driving-licence", "en", "Driving licence"),
        (Named.TYPE, "../etc/passwd", "en", "../etc/passwd"),
        (Named.ISSUER, ISSUER, "zh", "成都示例局"),
        (Named.AGREEMENT, AGREEMENT, "zh", f"川渝协议(示例)（{AGREEMENT}）"),
        (Named.AGREEMENT, "agr-9", "zh", "agr-9"),
        (Named.SCENARIO, "open-a-shop", "zh", "开店（open-a-shop）"),
        (Named.SCENARIO, "open-a-shop", "en", "开店 (open-a-shop)"),
        (Named.SCENARIO, "../x", "zh", "../x"),
    ],
)
def test_what_a_code_is_called(names: RegistryNames, kind: Named, code: str, language: Language, name: str) -> None:
    assert names.name(kind, code, language) == name


def test_a_clerk_reads_names_and_no_codes(names: RegistryNames) -> None:
    assert Words("zh", names).reason(DRIVING)[0] == "没有互认协议涵盖四川省颁发的机动车驾驶证类证照在重庆市使用"
    assert "Driving licence from Sichuan in Chongqing" in Words("en", names).reason(DRIVING)[0]


def test_without_names_the_codes_stay(names: RegistryNames) -> None:
    assert Words("en").reason(DRIVING)[0].endswith("type driving-licence from 510000 in 500000")
    assert names.name(Named.TYPE, "no-such-type", "zh") == "no-such-type"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_of_several_has_its_name(names: RegistryNames, language: Language) -> None:
    finding = failed("scenario", Reason.SCENARIO_TYPE, scenario="open-a-shop", type="x", types="driving-licence, y")
    said = Words(language, names).reason(finding)[0]
    assert {"zh": "机动车驾驶证、y", "en": "Driving licence, y"}[language] in said


def test_who_withdrew_an_agreement_is_a_region_and_what_replaced_it_an_agreement(names: RegistryNames) -> None:
    words = Words("en", names)
    withdrawn = failed("recognition", Reason.AGREEMENT_WITHDRAWN, agreement="agr-9", by=f"{CHONGQING}, {SICHUAN}")
    assert words.reason(withdrawn)[0] == "the agreement agr-9 was withdrawn by Chongqing, Sichuan"
    replaced = failed("recognition", Reason.AGREEMENT_SUPERSEDED, agreement="agr-9", by=AGREEMENT)
    assert f"replaced by Example agreement ({AGREEMENT})" in words.reason(replaced)[0]
    assert "Chengdu Example" in words.reason(undetermined("issuer", Reason.ISSUER_SUSPENDED, name=ISSUER))[0]


def test_a_gist_tells_nothing_about_a_person(names: RegistryNames) -> None:
    words = Words("en", names)
    assert words.gist("unreadable-file", {"path": "张三.txt", "detail": "张三"}) == "cannot read …"
    assert words.gist("licence-malformed", {"at": "holders[0]", "rule": "张三"}).endswith("the shape of its type")
    assert words.gist("expired", {"at": 0}) == "it expired at 1970-01-01 08:00"
    assert words.gist("no-agreement", {"type": "x", "issued_in": SICHUAN}).endswith("x from Sichuan in …")
    assert words.gist("a-reason-of-tomorrow", {}) == "a-reason-of-tomorrow"
