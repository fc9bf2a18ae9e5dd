"""The tree of RFC 6962: its roots by the naive definition and by known answers, its proofs both ways."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certx.merkle import EMPTY_ROOT, MAX_PROOF_HASHES, Tree, is_entry, leaf_hash, pair_hash, root_of

# The eight entries and the roots of their first 0 to 8 in the tests of the first implementations of RFC 6962.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def by_definition(entries: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return sha256(b"\x01" + by_definition(entries[:split]) + by_definition(entries[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    assert Tree(ENTRIES[:size]).root.hex() == ROOTS[size]
    assert root_of(ENTRIES[:size]).hex() == ROOTS[size]
    assert len(Tree(ENTRIES[:size])) == size


@pytest.mark.parametrize("size", [*range(40), 63, 64, 65, 1_000])
def test_roots_are_those_of_the_definition_and_every_entry_is_proven(size: int) -> None:
    entries = [sha256(bytes([number % 251, number // 251])).digest() for number in range(size)]
    tree = Tree(entries)
    assert tree.root == root_of(entries) == by_definition(entries)
    for index, entry in enumerate(entries):
        path = tree.prove_entry(index)
        assert is_entry(entry, index, size=size, root=tree.root, path=path)
        assert not is_entry(b"another", index, size=size, root=tree.root, path=path)
        assert not is_entry(entry, index, size=size, root=sha256(tree.root).digest(), path=path)
        assert not is_entry(entry, index, size=size, root=tree.root, path=[*path, bytes(32)])
        assert not path or not is_entry(entry, index, size=size, root=tree.root, path=path[:-1])


@given(st.integers(1, 60), st.data())
def test_a_proof_is_for_one_place(size: int, data: st.DataObject) -> None:
    entries = [bytes([number]) for number in range(size)]
    tree, index = Tree(entries), data.draw(st.integers(0, size - 1))
    path = tree.prove_entry(index)
    for other in range(-1, size + 1):
        assert is_entry(entries[index], other, size=size, root=tree.root, path=path) == (other == index)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 1), (1, 1), (5, 5)])
def test_there_is_no_entry_outside(index: int, size: int) -> None:
    tree = Tree([b"x"] * size)
    with pytest.raises(IndexError):
        tree.prove_entry(index)
    assert not is_entry(b"x", index, size=size, root=tree.root, path=[])


def test_a_leaf_is_never_taken_for_a_pair() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    root = pair_hash(left, right)
    assert Tree([left + right]).root != root
    assert not is_entry(left + right, 0, size=1, root=root, path=[])


def test_hashes_of_another_length_prove_nothing() -> None:
    tree = Tree([b"a", b"b"])
    (sibling,) = tree.prove_entry(0)
    assert not is_entry(b"a", 0, size=2, root=tree.root, path=[sibling + b"\x00"])
    assert not is_entry(b"a", 0, size=2, root=tree.root, path=[b""])


def test_a_proof_is_bounded() -> None:
    huge = 1 << 200
    assert not is_entry(b"a", 0, size=huge, root=EMPTY_ROOT, path=[bytes(32)] * (MAX_PROOF_HASHES + 1))
