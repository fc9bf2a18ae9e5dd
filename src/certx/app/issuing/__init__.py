"""`certx issue`: from a table to an output, by processes of this machine or by a cluster."""
