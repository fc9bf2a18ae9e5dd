"""Where `--lang` may stand: anywhere, whichever part of the command line takes it."""

from typing import Any


def language_first(argv: list[str], command: Any) -> list[str]:  # noqa: ANN401 - typer does not publish the type
    """The same with a `--lang` that stands behind a noun before it, where the whole command line takes one."""
    nouns, language, rest = list[str](), list[str](), list(argv)
    while rest and hasattr(command, "commands"):
        if rest[0] == "--lang" and len(rest) > 1:
            language, rest = rest[:2], rest[2:]
        elif rest[0].startswith("--lang="):
            language, rest = rest[:1], rest[1:]
        elif rest[0] in command.commands:
            command = command.commands[rest[0]]
            nouns.append(rest.pop(0))
        else:
            break
    return [*language, *nouns, *rest]


def without_language(argv: list[str]) -> list[str]:
    """What was asked of a help text that is there in two languages, without which of them."""
    if not {"--help", "-h"} & set(argv):
        return argv
    rest, words = list[str](), iter(argv)
    for word in words:
        if word == "--lang":
            next(words, None)
        elif not word.startswith("--lang="):
            rest.append(word)
    return rest
