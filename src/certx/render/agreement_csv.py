"""互认清单: what is recognised today, a row for each licence type, issuing region and accepting region."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from certx.errors import CertxError
from certx.recognition.agreement import Agreement
from certx.recognition.standing import Standing
from certx.recognition.terms import terms_in
from certx.render.agreement import text_of
from certx.schema.catalogue import Catalogue, LicenceSchema, latest
from certx.trust.registry import Region

HEADINGS: Final = (
    "证照类型代码", "证照类型", "颁发地区", "接受地区", "办理场景", "替代材料", "免交纸质", "方式", "法律依据",
    "有效期起", "有效期至", "例外", "联系人", "协议", "版本", "剩余有效期不少于(天)", "状态信息不超过(天)",
)  # fmt: skip
"""Those of a list for offices, whatever the language of the screen."""

_MODES: Final = {"data": "数据", "file": "文件", "presentation": "亮证"}
_TRUTH: Final = {True: "是", False: "否"}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet would take for the start of a formula."""


def recognition_list(standings: Sequence[Standing], catalogue: Catalogue, regions: Mapping[str, Region]) -> bytes:
    """The list as CSV: UTF-8 with a byte order mark, as spreadsheets like it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    rows = (row for standing in standings for row in _rows(standing, catalogue, regions))
    writer.writerows(sorted([defused(cell) for cell in row] for row in rows))
    return text.getvalue().encode("utf-8-sig")


def defused(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def _rows(standing: Standing, catalogue: Catalogue, regions: Mapping[str, Region]) -> Iterator[list[str]]:
    agreement, document = standing.agreement, standing.document
    if not isinstance(agreement, Agreement):
        return
    for name in sorted(agreement.types):
        schema = _schema(catalogue, name)
        for issued_in in sorted(agreement.issued_in):
            for accepted_in in sorted(agreement.accepted_in):
                if not standing.applies(issued_in, accepted_in):
                    continue
                terms = terms_in(agreement, accepted_in)
                yield [
                    schema.national_code if schema is not None else "",
                    schema.label.zh if schema is not None else name,
                    _place(issued_in, regions),
                    _place(accepted_in, regions),
                    ", ".join(sorted(terms.scenarios or ())),
                    _zh(document, "replaces"),
                    "" if terms.paper_waived is None else _TRUTH[terms.paper_waived],
                    "" if terms.mode is None else _MODES[terms.mode],
                    _zh(document, "legalBasis"),
                    _zh(document, "from"),
                    _zh(document, "to"),
                    _zh(document, "exceptions"),
                    _zh(document, "contact"),
                    agreement.id,
                    str(agreement.version),
                    text_of(terms.min_remaining_days, "zh"),
                    text_of(terms.max_status_age_days, "zh"),
                ]


def _zh(document: Mapping[str, Any], name: str) -> str:
    return text_of(document.get(name), "zh")


def _schema(catalogue: Catalogue, name: str) -> LicenceSchema | None:
    try:
        return latest(catalogue, name)
    except CertxError:
        return None


def _place(code: str, regions: Mapping[str, Region]) -> str:
    try:
        return f"{regions[code].name['zh']} ({code})"
    except (CertxError, KeyError):
        return code
