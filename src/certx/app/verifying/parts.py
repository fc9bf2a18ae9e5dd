"""Parts of one credential that came in several inputs, such as a photograph of each."""

from collections.abc import Sequence

from certx.app.verifying.inputs import Item
from certx.carrier import Carried
from certx.carrier.parts import join_parts
from certx.carrier.symbols import part_of


def join_inputs(items: Sequence[Item]) -> list[Item]:
    """The items, with those that hold parts of one credential as one, named after all, in the place of the first."""
    groups = dict[object, list[Item]]()
    for number, item in enumerate(items):
        groups.setdefault(_whole_of(item) or number, []).append(item)
    return [group[0] if len(group) == 1 else _joined(group) for group in groups.values()]


def _whole_of(item: Item) -> tuple[int, int] | None:
    """What the parts in an item are parts of, `None` if there are none."""
    if not isinstance(item.data, Carried) or not item.data.parts:
        return None
    part = part_of(item.data.parts[0])
    return None if part is None else (part.whole, part.total)


def _joined(items: Sequence[Item]) -> Item:
    texts = [text for item in items if isinstance(item.data, Carried) for text in item.data.parts]
    carried = join_parts([Carried(items[0].line, text) for text in texts])[0]
    return Item(" + ".join(item.label for item in items), items[0].line, carried)
