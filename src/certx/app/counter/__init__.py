"""`certx counter`: one that stays open, and what feeds it."""
