"""What a second call of a task came to, told as a worker would have told it."""

from __future__ import annotations

from ..model import Error, Fingerprint
from ._bind import bind
from ._capture import Call
from ._error import describe_error
from ._refusal import exit_verdict, unsendable_words
from ._repeats import recognise


def recognised(error: BaseException, call: Call) -> tuple[Fingerprint, Error]:
    """Return fingerprint and description of what *call* raised; runs while it is live."""
    known = recognise(error)
    verdict = exit_verdict(error)
    if verdict is not None and known.alone:
        name, _, _ = bind(call.target, call.args, call.kwargs)
        known = known.narrowed((name, *verdict.evidence[:1]))
    return known.mark, describe_error(error)


def refusal_to_send(result: object) -> str:
    """Return why a *result* cannot leave a worker, or an empty text; runs its classes' code."""
    import pickle
    from multiprocessing.reduction import ForkingPickler

    try:
        pickle.loads(ForkingPickler.dumps(result))
    except Exception as reason:
        return unsendable_words(reason)
    return ""
