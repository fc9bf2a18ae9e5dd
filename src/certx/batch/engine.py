"""A run: nothing is lost, nothing is signed twice.

Identifiers are reserved in the ledger, then the output is made durable, then the ledger is told where it lies. Killed
before that, the next run cuts off what the ledger does not know of and signs it again under the same identifiers.
"""

from collections.abc import Callable, Iterable

from certx.batch.order import Rejected, Tally
from certx.batch.output import Output
from certx.batch.worker import Signed
from certx.errors import UsageError
from certx.ledger import Chunk, Ledger, SigningKey


def carry_out(
    results: Iterable[Signed],
    output: Output,
    commit: Callable[[Signed, Chunk], int],
    *,
    name: str,
    set_aside: Callable[[Rejected], object],
    watch: Callable[[Tally], object],
) -> Tally:
    """Write and commit what workers signed, chunk by chunk, in order; what became of the rows.

    `name` is that of the output in the ledger. `commit` tells how many licences the chunk superseded.
    `set_aside` gets each rejected row, `watch` the tally after each chunk.
    """
    tally = Tally()
    for signed in results:
        if signed.lines:
            placed = output.append(signed.lines)
            try:
                tally.superseding += commit(signed, Chunk(name, *placed))
            except UsageError:  # anything else may come when the ledger has it already: the next run asks
                output.cut(placed)
                raise
        for rejected in signed.rejected:
            set_aside(rejected)
        count(tally, signed)
        watch(tally)
    return tally


def count(tally: Tally, signed: Signed) -> None:
    """Add a chunk."""
    again = sum(entry.is_again for entry in signed.done)
    tally.rows += signed.rows
    tally.issued += len(signed.done) - again
    tally.again += again
    tally.already += signed.already
    tally.reject(signed.rejected)
    tally.warn(signed.warned)
    tally.sizes += map(len, signed.samples)


def commit_to(ledger: Ledger, key: SigningKey, job: int) -> Callable[[Signed, Chunk], int]:
    """Tells a ledger what was signed and where it lies."""
    return lambda signed, chunk: ledger.commit(signed.done, key, job=job, chunk=chunk)
