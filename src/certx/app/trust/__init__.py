"""`certx trust`: writing the reviewed source of a registry, and publishing it."""
