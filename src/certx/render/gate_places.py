"""Where findings are: files as the CI job's repository names them, and lines."""

import re
from pathlib import PurePosixPath
from urllib.parse import quote

from certx.gate.finding import Finding
from certx.gate.tree import Tree


class Places:
    """Files below a folder; `tree` has the content of those that lines are looked up in."""

    def __init__(self, folder: str, tree: Tree) -> None:
        self._folder, self._tree = folder, tree

    def path(self, place: str) -> str:
        """A file, from where the command ran."""
        return str(PurePosixPath(self._folder) / place)

    def of(self, finding: Finding) -> str:
        """The file of a finding."""
        return self.path(finding.place)

    def uri(self, finding: Finding) -> str:
        """The file of a finding as a relative URI reference (RFC 3986, section 4.2)."""
        return quote(self.of(finding))

    def line(self, finding: Finding) -> int:
        """The line of the claim that a finding is about: where its names stand one after the other; else the first."""
        text = self._tree.get(finding.place, b"").decode("utf-8", "replace")
        at = 0
        for name in re.findall(r"[^.\[\]*]+", finding.at):
            found = re.compile(rf'"{re.escape(name)}"\s*:').search(text, at)
            if found is not None:
                at = found.start()
        return text.count("\n", 0, at) + 1
