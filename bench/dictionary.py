"""Make a dictionary for packing: `python bench/dictionary.py schemas/dictionaries/2.bin`.

It is made from the schemas and from words that licences have in common, never from licences; the same sources give the
same bytes. A dictionary that was published never changes: what is printed could not be read any more. So a new one has
a new number, and its digest in tests/vectors/symbols.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from certx.schema.catalogue import LicenceSchema, require
from certx.schema.files import FolderCatalogue

SCHEMAS: Final = Path(__file__).resolve().parent.parent / "schemas"

WORDS: Final = """
街道社区村镇乡大道路巷弄号楼栋单元层室座期园区工业园经济技术开发区高新技术产业开发区自由贸易试验区
人民政府办公厅委员会民政局教育局公安局公安厅交通管理局公安局交通警察支队车辆管理所司法局财政局
人力资源和社会保障局自然资源和规划局不动产登记中心生态环境局住房和城乡建设局住房和城乡建设厅交通运输局
道路运输管理局水务局农业农村局商务局文化和旅游局卫生健康委员会妇幼保健院人民医院应急管理局应急管理厅
残疾人联合会大数据管理局数据局行政审批局政务服务管理局市场监督管理局
有限责任公司(自然人投资或控股)(自然人独资)(法人独资)(国有独资)(外商投资企业法人独资)股份有限公司(上市)
个体工商户个人独资企业普通合伙企业有限合伙企业农民专业合作社全民所有制外商投资企业分公司
发展集团实业投资管理咨询药房连锁超市汽车服务中心商行经营部餐饮管理有限公司食品有限公司物流有限公司运输有限公司
建筑工程有限公司建设有限公司贸易有限公司商贸有限公司数据科技有限公司大道
法定代表人执行事务合伙人委派代表负责人经营者投资人一级二级三级临时长期
道路普通货物运输；道路货物专用运输；网络货运；城市公交；预拌混凝土；食品销售；食品生产；餐饮服务；药品零售；
热食类食品制售；冷食类食品制售；糕点类食品制售；自制饮品制售；预包装食品(含冷藏冷冻食品)销售；散装食品销售；
特殊食品销售；保健食品；婴幼儿配方乳粉；低压电工作业；高压电工作业；熔化焊接与热切割作业；高处安装、维护、拆除作业；
软件开发；软件销售；信息系统集成服务；信息技术咨询服务；数据处理和存储支持服务；数据处理服务；互联网销售
(除销售需要许可的商品)；第二类增值电信业务；计算机软硬件及辅助设备零售；电子产品销售；机械设备销售；
建筑材料销售；金属材料销售；日用百货销售；办公用品销售；五金产品零售；货物进出口；技术进出口；进出口代理；
企业管理咨询；会议及展览服务；广告制作；广告设计、代理；广告发布；市场营销策划；物业管理；普通货物仓储服务
(不含危险化学品等需许可审批的项目)；国内货物运输代理；住房租赁；非居住房地产租赁；劳务服务(不含劳务派遣)；
建设工程施工；建设工程设计；各类工程建设活动；园林绿化工程施工；
重型中型轻型微型普通厢式仓栅式自卸罐式封闭货车半挂牵引车小型大型中型普通客车轿车专用校车三轮汽车普通摩托车牌
蔬菜水果肉禽蛋水产品粮油糕点烘焙饮料酒类散装食品(不含冷藏冷冻食品)销售金融服务交通运输医疗健康能源制造业
建筑工程机电工程公路工程水利水电工程市政公用工程矿业工程注册建造师认证规则认证有限公司数据交易所示范所
集体土地所有权宅基地使用权集体建设用地使用权构筑物所有权海域使用权林地承包经营权森林林木所有权无土地使用期限
划拨作价出资租赁经济适用住房自建房房改房车位商业办公工业仓储用地商服用地住宅套内建筑面积
附记抵押权登记时间共同共有按份共有权利人用途面积宗地面积房屋建筑面积幢数总层数所在层土地使用期限起止房屋结构钢筋混凝土
房屋所有权","国有建设用地使用权","出让","市场化商品房"]城镇住宅用地","住宅"]
专有建筑面积0㎡，分摊建筑面积0㎡业务编号：（20）市不动产权第00号
许可项目：一般项目：技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广；（依法须经批准的项目，经相关部门
批准后方可开展经营活动，具体经营项目以相关部门批准文件或许可证件为准）
（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）
"""
"""What is often written in licences, rarest first: what is near the end of a dictionary costs least."""

_HEADERS: Final = tuple(
    f'{{"alg":"{algorithm}","typ":"dc+sd-jwt","kid":"\x01"}}\n' for algorithm in ("SM2", "Ed25519", "ES256")
)
_BINDING: Final = '\n\x06{"alg":"ES256","typ":"kb+jwt"}\n{"iat":17,"aud":"","nonce":"","sd_hash":"\x04"}'


_GIVEN: Final = (
    "certificateName", "issuingAuthorityName", "issuingAuthorityCode", "areaCode", "certificateIdentifier",
)  # fmt: skip


def make() -> bytes:
    """The dictionary for the schemas that are there now, rarest first."""
    catalogue = FolderCatalogue(SCHEMAS)
    schemas = [require(catalogue, name) for name in catalogue.types()]
    divisions = catalogue.data("divisions")["divisions"]
    places = [row["zh"] for _, row in sorted(divisions.items()) if row["to"] is None]
    pieces = ["".join(dict.fromkeys(places)), *WORDS.split()]
    for schema in schemas:
        pieces += _values(schema)
    for schema in schemas:
        pieces.append(_disclosures(schema))
        pieces.append(_payload(schema))
    pieces += [_BINDING, *_HEADERS]
    return "".join(dict.fromkeys(pieces)).encode()


def _values(schema: LicenceSchema) -> Iterator[str]:
    """The values that a claim of the type must be one of, where they are words."""
    for node in _nodes(schema.document, schema):
        values = [value for value in node.get("enum", ()) if isinstance(value, str) and len(value) > 2]
        if values:
            yield orjson.dumps(values).decode()


def _nodes(node: Mapping[str, Any], schema: LicenceSchema) -> Iterator[Mapping[str, Any]]:
    node = schema.resolve(node)
    yield node
    for inner in (*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])):
        yield from _nodes(inner, schema)


def _disclosures(schema: LicenceSchema) -> str:
    """What remains of the Disclosures, one after another."""
    properties = schema.document["properties"]
    elements = [_value(schema.resolve(properties[name])["items"], schema) for name in sorted(schema.frame.elements)]
    members = [
        f'"{name}",{_value(node, schema)}' for name, node in properties.items() if name in schema.frame.selective
    ]
    return "".join(f"\n{part}" for part in elements + members)


def _payload(schema: LicenceSchema) -> str:
    """What remains of the payload."""
    properties, frame = schema.document["properties"], schema.frame
    shown = [name for name in properties if name not in {*_GIVEN, *frame.selective, "previousCertificateIdentifier"}]
    members = [f'"{name}":{_shown(name, properties[name], schema)}' for name in (*_GIVEN, *shown)]
    return (
        '\n{"iss":"urn:certx:issuer:11","iat":17,"nbf":17,"exp":20,'
        f'"vct":"{schema.vct}","cnf":{{"jwk":{{"kty":"EC","crv":"P-256","x":"\x01","y":"\x07"}}}},'
        '"status":{"status_list":{"idx":1,"uri":"urn:certx:status:510000:11'
        f':1"}}}},{",".join(members)},"_sd":["\x020,{len(frame.selective)},0;"],"_sd_alg":"sha-256"}}'
    )


def _shown(name: str, node: Mapping[str, Any], schema: LicenceSchema) -> str:
    if name == "certificateName":
        return orjson.dumps(schema.resolve(node).get("const", schema.label.zh)).decode()
    if name == "certificateIdentifier":
        return f'"1.2.156.3005.2.{schema.national_code}.11.001."'
    if name in schema.frame.elements:
        return '[{"...":"\x030;"}]'
    return _value(node, schema)


def _value(node: Mapping[str, Any], schema: LicenceSchema) -> str:
    """How a value of this schema is written, as far as that is always the same."""
    node = schema.resolve(node)
    if "const" in node or len(node.get("enum", ())) == 1:
        return orjson.dumps(node.get("const", *node.get("enum", ()))).decode()
    match node.get("type"):
        case "object":
            members = [f'"{name}":{_value(inner, schema)}' for name, inner in node.get("properties", {}).items()]
            return "{" + ",".join(members) + "}"
        case "array":
            return f"[{_value(node['items'], schema)}]"
        case "boolean":
            return "true"
        case "string":
            return '"20"' if node.get("format") == "date" else '""'
        case _:
            return "1"


def main() -> None:
    Path(sys.argv[1]).write_bytes(make())


if __name__ == "__main__":
    main()
