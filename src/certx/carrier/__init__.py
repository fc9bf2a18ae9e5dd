"""HOW it travels: pure codecs between a credential's text and the bytes that carry it.

`read` looks at the bytes and picks the codec. So far there is one: text, alone or in the lines that issuing writes.
"""

from certx.carrier.text import Carried, read, read_line, unfold

__all__ = ["Carried", "read", "read_line", "unfold"]
