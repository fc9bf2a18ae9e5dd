"""How the screen ends by a bug: without a picture of the program's variables, in which licences could be.

Textual (8.x) has no public way to that, so what it does not publish is used here, and nowhere else;
tests/cli/test_full_screen.py says so when another version of it has changed that.
"""

from textual.app import App


class PlainFailureApp(App[None]):
    """An application whose last exception can be told by whoever runs it, as any other is."""

    @property
    def failure(self) -> Exception | None:
        """What ended the screen, if it was not asked to end."""
        return self._exception

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()
