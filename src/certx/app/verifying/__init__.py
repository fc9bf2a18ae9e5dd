"""`certx verify`: inputs, verdicts, and what they use up and leave behind."""
