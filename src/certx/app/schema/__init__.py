"""`certx schema`: editions of the shared schemas, opened for the gate to judge."""
