"""A credential taken apart: what can be made again is left out, what is random is set aside raw.

The text that remains compresses well; `docs/formats.md` has the form exactly. JSON is never parsed here: the bytes of
each part stay as the issuer wrote them, so that whatever is put together again is the same, byte for byte.
"""

import re
from hashlib import sha256
from typing import Final, NamedTuple

from certx.carrier.points import y_of
from certx.credential.constants import MAX_DISCLOSURES
from certx.keys.encoding import EncodingError, base64url, from_base64url

SEPARATOR: Final = b"\n"
_RAW, _RUN, _ONE, _HASH, _WHOLE, _BINDING = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x06"
"""Marks: 32 bytes set aside; digests in order; one digest; the `sd_hash`; no salt set aside; a KB-JWT begins."""
_EVEN, _ODD = b"\x07", b"\x08"
"""Marks: the y, even or odd, of the point of P-256 whose x was set aside last."""
_Y: Final = b'"y":"'
_RESERVED: Final = bytes(range(32))
"""No compact JSON has these."""
_SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 32
_JOINT: Final = b'","'
_TOKEN: Final = rb"(?<![\w-])[\w-]{43}(?![\w-])"
_DIGESTS: Final = re.compile(_TOKEN + rb"(?:\",\"" + _TOKEN + rb")*", re.ASCII)
_SALTED: Final = re.compile(rb'\["([\w-]{22})",(.*)\]', re.ASCII | re.DOTALL)
_MARK: Final = re.compile(rb"\x01|\x02([0-9]{1,4}),([0-9]{1,4}),([0-9]{1,4});|\x03([0-9]{1,4});|[\x02-\x08]")


class Apart(NamedTuple):
    """What remains of a credential: text to compress, and bytes that nothing compresses."""

    text: bytes
    raw: bytes


def take_apart(credential: bytes) -> Apart:
    """Take a compact SD-JWT or SD-JWT+KB apart; raises `ValueError` where it has not the form that this is for."""
    presented, _, binding = credential.rpartition(b"~")
    issuer_signed, *disclosures = presented.split(b"~")
    header, payload, signature = _decode_jws(issuer_signed)
    if len(disclosures) > MAX_DISCLOSURES:
        raise ValueError("too many disclosures")
    taking = _Taking()
    parts = [taking.shorten(header)]
    parts += [taking.disclosure(number, text) for number, text in enumerate(disclosures)]
    parts.append(taking.shorten(payload))
    signatures = [signature]
    if binding:
        header, payload, signature = _decode_jws(binding)
        covered = base64url(sha256(presented + b"~").digest()).encode()
        parts += [_BINDING + taking.shorten(header), taking.shorten(payload, covered)]
        signatures.append(signature)
    raw = b"".join([len(one).to_bytes(1, "big") + one for one in signatures])
    return Apart(SEPARATOR.join(parts), raw + bytes(taking.raw))


def _decode_jws(text: bytes) -> tuple[bytes, bytes, bytes]:
    header, payload, signature = map(from_base64url, text.split(b"."))
    if len(signature) > 0xFF:
        raise ValueError("a long signature")
    return header, payload, signature


class _Taking:
    """One walk over the parts of a credential, in the order in which they are put together again."""

    def __init__(self) -> None:
        self.raw = bytearray()
        self._known = dict[bytes, int]()
        self._halved = 0  # where the x of the last point ends whose y was left out

    def disclosure(self, number: int, text: bytes) -> bytes:
        """What remains of a Disclosure; what comes later may name it, once."""
        content = from_base64url(text)
        salted = _SALTED.fullmatch(content)
        salt = _canonical(salted[1]) if salted else None
        if salted is None or salt is None:
            remains = _WHOLE + self.shorten(content)
        else:
            self.raw += salt
            remains = self.shorten(salted[2])
        self._known[_digest_of(text)] = number
        return remains

    def shorten(self, content: bytes, covered: bytes | None = None) -> bytes:
        """The text with marks in the place of digests; `covered` is the `sd_hash` that there should be."""
        if content.translate(None, _RESERVED) != content:
            raise ValueError("control characters")

        def marks(found: re.Match[bytes]) -> bytes:
            if found[0] == covered:
                return _HASH
            if content.endswith(_Y, 0, found.start()) and (parity := self._parity_of(found[0])):
                return parity
            return self._marks(found[0].split(_JOINT))

        return _DIGESTS.sub(marks, content)

    def _parity_of(self, text: bytes) -> bytes | None:
        """The mark for the y of a point, `None` if the x that was set aside last is not of that point."""
        y = _canonical(text)
        if y is None or len(y) != _DIGEST_BYTES or len(self.raw) < self._halved + _DIGEST_BYTES:
            return None
        odd = bool(y[-1] % 2)
        if y_of(bytes(self.raw[-_DIGEST_BYTES:]), odd=odd) != y:
            return None
        self._halved = len(self.raw)
        return _ODD if odd else _EVEN

    def _marks(self, digests: list[bytes]) -> bytes:
        numbers = [self._known.pop(digest, None) for digest in digests]
        values = [
            b"" if number is not None else _canonical(digest) for digest, number in zip(digests, numbers, strict=True)
        ]
        named = sorted(number for number in numbers if number is not None)
        is_run = not named or named[-1] - named[0] == len(named) - 1
        if len(digests) > 1 and is_run and None not in values and digests == sorted(digests):
            self.raw += b"".join(filter(None, values))
            return _RUN + b"%d,%d,%d;" % (named[0] if named else 0, len(named), len(digests) - len(named))
        marks = []
        for digest, number, value in zip(digests, numbers, values, strict=True):
            if number is not None:
                marks.append(_ONE + b"%d;" % number)
            elif value is None:
                marks.append(digest)
            else:
                self.raw += value
                marks.append(_RAW)
        return _JOINT.join(marks)


def put_together(apart: Apart) -> bytes:
    """The credential that `take_apart` took apart; raises `ValueError` on anything that it does not make."""
    parts = apart.text.split(SEPARATOR)
    making = _Making(apart.raw)
    has_binding = len(parts) > 3 and parts[-2].startswith(_BINDING)
    signature = making.signature()
    binding_signature = making.signature() if has_binding else b""
    *_, payload = parts = parts[:-2] if has_binding else parts
    if not 2 <= len(parts) <= MAX_DISCLOSURES + 2:
        raise ValueError("not the parts of a credential")
    header = making.expand(parts[0])
    disclosures = [making.disclosure(number, part) for number, part in enumerate(parts[1:-1])]
    presented = b"~".join([_encode_jws(header, making.expand(payload), signature), *disclosures, b""])
    if not has_binding:
        return making.end(presented)
    covered = base64url(sha256(presented).digest()).encode()
    *_, header, payload = apart.text.split(SEPARATOR)
    header = making.expand(header.removeprefix(_BINDING))
    return making.end(presented + _encode_jws(header, making.expand(payload, covered), binding_signature))


class _Making:
    """The way back, in the same order."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._place = raw, 0
        self._known = dict[int, bytes]()
        self._halved = 0

    def signature(self) -> bytes:
        return self._next(self._next(1)[0])

    def disclosure(self, number: int, part: bytes) -> bytes:
        if part.startswith(_WHOLE):
            content = self.expand(part.removeprefix(_WHOLE))
        else:
            salt = base64url(self._next(_SALT_BYTES)).encode()
            content = b'["%s",%s]' % (salt, self.expand(part))
        text = base64url(content).encode()
        self._known[number] = _digest_of(text)
        return text

    def expand(self, remains: bytes, covered: bytes | None = None) -> bytes:
        """The text with digests in the place of marks; each Disclosure is named at most once, so it cannot swell."""

        def digests(mark: re.Match[bytes]) -> bytes:
            if mark[1] is not None:
                first, count, hidden = map(int, mark.group(1, 2, 3))
                run = [self._named(number) for number in range(first, first + count)]
                return _JOINT.join(sorted(run + [self._hidden() for _ in range(hidden)]))
            if mark[4] is not None:
                return self._named(int(mark[4]))
            if mark[0] == _HASH and covered is not None:
                return covered
            if mark[0] in {_EVEN, _ODD}:
                return self._y(odd=mark[0] == _ODD)
            if mark[0] != _RAW:
                raise ValueError("a mark that says nothing")
            return self._hidden()

        return _MARK.sub(digests, remains)

    def end(self, credential: bytes) -> bytes:
        """The credential, if nothing is left over."""
        if self._place != len(self._raw):
            raise ValueError("bytes left over")
        return credential

    def _named(self, number: int) -> bytes:
        digest = self._known.pop(number, None)
        if digest is None:
            raise ValueError("no such disclosure")
        return digest

    def _y(self, *, odd: bool) -> bytes:
        """The y of a point; each x has one, so that a symbol asks for no more of this costly work than it has bytes."""
        y = None
        if self._place >= self._halved + _DIGEST_BYTES:
            y = y_of(self._raw[self._place - _DIGEST_BYTES : self._place], odd=odd)
        if y is None:
            raise ValueError("no point of P-256")
        self._halved = self._place
        return base64url(y).encode()

    def _hidden(self) -> bytes:
        return base64url(self._next(_DIGEST_BYTES)).encode()

    def _next(self, size: int) -> bytes:
        start, self._place = self._place, self._place + size
        if self._place > len(self._raw):
            raise ValueError("bytes missing")
        return self._raw[start : self._place]


def _encode_jws(header: bytes, payload: bytes, signature: bytes) -> bytes:
    return ".".join(map(base64url, (header, payload, signature))).encode()


def _digest_of(text: bytes) -> bytes:
    return base64url(sha256(text).digest()).encode()


def _canonical(text: bytes) -> bytes | None:
    """What a base64url text means, `None` if another text would be written for it."""
    try:
        return from_base64url(text)
    except EncodingError:
        return None
