"""Libraries that only some need, as `app` asks for them."""

from certx.extras import extra_module

__all__ = ["extra_module"]
