"""What people may call a status: its canonical name, its Chinese word, or what the type of the licence calls it."""

from pathlib import Path

import pytest

from certx.app.machine.shipped import schemas
from certx.app.status.standing import read_status
from certx.errors import UsageError
from certx.licence.status import CanonicalStatus
from certx.schema.catalogue import latest
from certx.settings import Settings

ENDS = {
    "吊销": "revoked-penalty",
    "撤销": "withdrawn",
    "注销": "cancelled",
    "失效": "expired",
    "转出": "transferred-out",
}
WORDS = {"有效": "valid", "暂扣": "suspended", "已被新版本取代": "superseded", **ENDS}


def licence_of(licence_type: str) -> str:
    schema = latest(schemas(), licence_type)
    assert schema is not None
    return f"1.2.156.3005.2.{schema.national_code}.11510100MB9X0A012X.1.001.0"


def status_of(text: str, *types: str) -> CanonicalStatus:
    return read_status(text, [licence_of(name) for name in types], Settings(Path("nowhere")))


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("licence_type", ["special-operation-qualification", "business-licence", "identity-card"])
def test_the_chinese_words_are_those_of_all_types(text: str, licence_type: str) -> None:
    assert status_of(text, licence_type) == WORDS[text]


@pytest.mark.parametrize("text", WORDS)
def test_they_are_known_of_licences_of_an_unknown_type(text: str) -> None:
    assert read_status(text, ["1.2.156.A"], Settings(Path("nowhere"))) == WORDS[text]


@pytest.mark.parametrize(
    ("licence_type", "text", "status"),
    [
        ("special-operation-qualification", "03", "revoked-penalty"), ("real-estate-certificate", "2", "cancelled"),
        ("marriage-certificate", "失效", "cancelled"), ("marriage-certificate", "无效", "withdrawn"),
        ("business-licence", "吊销未注销", "revoked-penalty"), ("data-broker-qualification", "暂停", "suspended"),
    ],
)  # fmt: skip
def test_what_the_type_itself_says_comes_first(licence_type: str, text: str, status: str) -> None:
    assert status_of(text, licence_type) == status


@pytest.mark.parametrize(
    ("text", "types", "code"),
    [
        ("失效", ("marriage-certificate", "identity-card"), "status-ambiguous"),
        ("03", ("special-operation-qualification", "identity-card"), "status-ambiguous"),
        ("其他", ("identity-card",), "status-unknown"), ("99", ("special-operation-qualification",), "status-unknown"),
        ("other", ("identity-card",), "status-unknown"), ("", ("identity-card",), "status-unknown"),
    ],
)  # fmt: skip
def test_what_means_nothing_or_several_things_is_refused(text: str, types: tuple[str, ...], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        status_of(text, *types)
    assert caught.value.code == code
