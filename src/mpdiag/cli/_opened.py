"""What the commands over the store share: open it, with all that was left behind taken in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ..codec import Mask
from ..errors import MpdiagError
from ..options import load
from ..reports import fault_json
from ..runner import mask_of
from ..session import collect
from ..store import Found, Store
from ._printable import printable

JSON_VERSION = 1
"""Of what ``--json`` prints; see docs/json.md."""

store_option = click.option(
    "--store", metavar="FOLDER", help="Where findings are kept (MPDIAG_HOME, or .mpdiag)."
)


def open_store(given: str | None) -> Store:
    """Return the store that the command line, the environment or a file names.

    What killed runs and guards without a run left behind is in it; if that fails the rest
    is shown all the same.
    """
    options = load({"store": given}, os.environ, Path.cwd()).options
    store = Store.open(options.store, limits=options.limits)
    try:
        collect(options)
    except MpdiagError as error:
        _warn(f"what was left behind stays where it is: {error}")
    if store.incomplete:
        _warn("the newest runs may be missing: their log cannot be read in a read-only folder")
    return store


def mask_here() -> Mask:
    """Return what hides secrets, as the settings of this folder name them."""
    return mask_of(load({}, os.environ, Path.cwd()).options)


def json_document(found: Iterable[Found]) -> Iterator[str]:
    """Yield the pieces of the JSON document that holds these faults, one fault at a time."""
    yield f'{{"version": {JSON_VERSION}, "faults": ['
    separator = "\n"
    for one in found:
        # ASCII only: it stays JSON whatever the encoding of the terminal or file.
        yield separator + json.dumps(fault_json(one.fault, one.run), ensure_ascii=True, indent=1)
        separator = ",\n"
    yield "\n]}\n"


def _warn(text: str) -> None:
    click.echo(f"mpdiag: {printable(text)}", err=True)
