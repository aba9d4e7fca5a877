"""Before code of the user runs again, or a pickle is loaded: whose recording, and may it be?"""

from __future__ import annotations

import sys

import click

from ..errors import NotAgreed
from ..session import check_callable
from ..store import Found, Store

trust_option = click.option(
    "--trust", is_flag=True, help="Load what this user did not record; asked for once."
)


def check_consent(store: Store, found: Found, *, trust: bool, act: str) -> None:
    """Let pass a fault whose target may be called to *act*; see `check_callable`."""
    check_callable(store, found, trust=trust, act=act, unkept=_say_unkept)


def agree(what: str, *, yes: bool) -> None:
    """Ask on a terminal whether code of the user may run several times.

    Raises:
        NotAgreed: there is no terminal to ask at.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NotAgreed(what)
    click.confirm(f"mpdiag: {what}. Go on?", abort=True, err=True)


def _say_unkept() -> None:
    click.echo("mpdiag: trusted this once: there is no key to remember it by", err=True)
