"""The command line: one file per command noun. Each command parses, calls one public function, renders once."""
