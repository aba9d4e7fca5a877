"""What a supervised process runs: its target, with a road for what goes wrong."""

from __future__ import annotations

from collections.abc import Callable

from ..channels import EnvelopeSender
from ..worker import guard, use_channel


def run_supervised(
    sender: EnvelopeSender,
    target: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> None:
    """Run *target* and send what it raises; runs in the child."""
    use_channel(sender.send)
    try:
        guard(target)(*args, **kwargs)
    except BaseException as error:
        if error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next  # this frame is no news
        raise
