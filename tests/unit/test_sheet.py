"""The sheet: what of a credential is printed, where and in which words."""

import pytest

import world
from certx.carrier import symbols
from certx.credential.errors import CredentialError
from certx.credential.parse import parse
from certx.errors import UnreadableError
from certx.render.sheet import Labels, Sheet
from certx.render.sheet_writer import MAX_CHARACTERS, write_sheet
from certx.schema.catalogue import require


def sheet_of(text: str, licence_type: str = "business-licence", labels: Labels = Labels.ZH, codes: int = 1) -> Sheet:
    return write_sheet(parse(text), require(world.CATALOGUE, licence_type), labels=labels, symbols=codes)


def values(sheet: Sheet) -> dict[str, str]:
    """What stands beside each label; of a table, the last row."""
    return dict(sheet.texts())


def headings(sheet: Sheet) -> list[str]:
    return [group.heading.text for group in sheet.groups]


@pytest.mark.parametrize("licence_type", world.TYPES)
def test_every_disclosed_value_is_on_the_sheet(licence_type: str) -> None:
    text = world.issue(licence_type)
    every = "\n".join(text for _, text in sheet_of(text, licence_type).texts())
    schema = require(world.CATALOGUE, licence_type)
    for name, value in parse(text).claims.items():
        label = schema.labels.get((name,))
        if label is not None and isinstance(value, str) and not schema.is_date((name,)):
            assert value in every or schema.show((name,), value, "zh").partition(" (")[0] in every, name
        if isinstance(value, list) and isinstance(value[0], dict):
            assert all(item["name"] in every for item in value if "name" in item)


def test_a_licence_says_whose_it_is_before_what_it_is_for_and_until_when() -> None:
    assert headings(sheet_of(world.issue())) == ["持证主体信息", "证照内容", "基础信息", "管理信息"]


def test_what_has_a_place_of_its_own_is_not_said_twice() -> None:
    sheet = sheet_of(world.issue())
    assert sheet.title.text == "营业执照"
    assert sheet.number is not None
    assert sheet.number.text == "51010000202601010001"
    texts = [text for _, text in sheet.texts()]
    assert texts.count("51010000202601010001") == 1
    assert sheet.authority is not None
    assert texts.count(sheet.authority.text) == 1


def test_dates_codes_and_units_are_written_for_people() -> None:
    driving = values(sheet_of(world.issue("driving-licence"), "driving-licence"))
    assert driving["出生日期"] == "1888年1月1日"
    assert driving["性别"] == "男"
    assert driving["准驾车型"] == "大型客车 (A1)、重型牵引挂车 (A2)、普通三轮摩托车 (D)"
    assert values(sheet_of(world.issue()))["注册资本"] == "500 万元"


def test_labels_in_english_and_in_both() -> None:
    text = world.issue("driving-licence")
    english = values(sheet_of(text, "driving-licence", Labels.EN))
    assert english["Sex"] == "Male"
    assert english["Date of birth"] == "1888-01-01"
    both = sheet_of(text, "driving-licence", Labels.BOTH)
    assert both.title == ("机动车驾驶证", "Driving licence")
    assert values(both)["性别"] == "男 / Male"
    assert values(both)["出生日期"] == "1888-01-01"
    broker = world.issue("data-broker-qualification")
    assert values(sheet_of(broker, "data-broker-qualification", Labels.BOTH))["服务行业"] == "金融服务、交通运输"


def test_a_licence_without_an_end_says_so() -> None:
    assert values(sheet_of(world.issue("marriage-certificate"), "marriage-certificate"))["证照有效期截止日期"] == "长期"
    assert values(sheet_of(world.issue()))["证照有效期截止日期"] == "2046年1月4日"


def test_several_holders_are_rows_and_one_is_lines() -> None:
    several = sheet_of(world.issue("real-estate-certificate"), "real-estate-certificate").groups[0].blocks[0]
    assert [row[0] for row in several.rows] == ["张示例", "赵假名"]
    assert len(several.widths) == len(several.columns) == len(several.rows[0])
    one = sheet_of(world.issue()).groups[0].blocks[0]
    assert not one.rows
    assert one.lines[0][0] == (("持证主体", ""), "成都示例数据科技有限公司")


def test_the_photo_is_printed_as_the_digest_that_it_is() -> None:
    assert values(sheet_of(world.issue("identity-card"), "identity-card"))["照片摘要"].startswith("sha-256:")


def test_what_is_hidden_is_not_printed_and_is_said() -> None:
    whole = world.issue("identity-card")
    assert sheet_of(whole, "identity-card").partial is None
    first, *disclosures, end = whole.split("~")
    name = next(text for text in disclosures if "张示例" in parse_disclosure(text))
    hidden = "~".join([first, *(text for text in disclosures if text != name), end])
    sheet = sheet_of(hidden, "identity-card")
    assert "张示例" not in "".join(text for _, text in sheet.texts())
    assert sheet.partial is not None
    assert "至多 1 项" in sheet.partial.text


def parse_disclosure(text: str) -> str:
    from certx.keys.encoding import from_base64url  # noqa: PLC0415

    return from_base64url(text.encode()).decode()


def test_the_sheet_says_that_printing_verified_nothing() -> None:
    assert "未核验" in sheet_of(world.issue()).notice.text


def test_each_symbol_of_several_is_numbered() -> None:
    assert [caption.text for caption in sheet_of(world.issue(), codes=2).scan] == [
        "扫码核验：第 1 码，共 2 码", "扫码核验：第 2 码，共 2 码",
    ]  # fmt: skip


def test_claims_that_no_schema_knows_are_printed_under_their_names() -> None:
    sheet = sheet_of(world.forge(newClaim={"deep": [{"x": None}]}, another="値"))
    assert headings(sheet)[-1] == "其他信息"
    assert values(sheet)["another"] == "値"
    assert values(sheet)["deep"] == '[{"x":null}]' or values(sheet)["x"] == "null"


def test_a_credential_whose_disclosures_break_a_rule_is_not_printed() -> None:
    text = world.issue()
    twice = text + text.split("~")[1] + "~"
    with pytest.raises(CredentialError):
        sheet_of(twice)


def test_huge_values_are_refused() -> None:
    with pytest.raises(UnreadableError) as caught:
        sheet_of(world.forge(businessScope="长" * (MAX_CHARACTERS + 1)))
    assert caught.value.code == "print-too-long"


def test_nothing_but_the_credential_and_the_schema_is_printed() -> None:
    """A symbol more or less changes the captions, and nothing else."""
    text = world.issue()
    assert sheet_of(text, codes=1)._replace(scan=[]) == sheet_of(text, codes=3)._replace(scan=[])
    assert len(symbols.write(text, world.CATALOGUE.dictionary)) == 1
