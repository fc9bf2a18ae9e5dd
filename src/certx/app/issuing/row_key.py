"""By which columns rows are told apart: one choice for a type and issuer in a ledger, or one could be signed twice."""

from certx.errors import UsageError
from certx.issue import LICENCE_NUMBER, IssuePlan
from certx.ledger import Ledger


def agree(plan: IssuePlan, ledger: Ledger, *, is_asked: bool, note: bool) -> tuple[str, ...]:
    """Have the plan tell rows apart as the ledger does, which at first does it as the plan: the claims' paths.

    `is_asked`: the plan does it as somebody asked for. `note`: the ledger is to keep it. Raises `UsageError` if it has
    rows of this kind that are told apart otherwise than was asked for.
    """
    wanted, kept = plan.told_by, ledger.told_by(plan.row_kind)
    if kept is None:
        is_old = ledger.has_any(plan.id_head)  # of before this was noted
        kept = LICENCE_NUMBER if is_old else wanted
        if note and (wanted == kept or not is_asked):
            kept = ledger.tell_by(plan.row_kind, kept)
    if is_asked and kept != wanted:
        raise UsageError("row-key-otherwise", hint="row-key-otherwise", kind=plan.row_kind, kept=kept, asked=wanted)
    claims = tuple(kept.split(","))
    plan.tell_by(claims)
    return claims
