"""``mpdiag export``: one fault in one file, for another machine."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from .._version import __version__
from ..errors import BundleToTerminal, BundleUnwritable
from ..options import size_text
from ..reports import bundle_lines
from ..store import Contents, Found, Store, Wanted, write_bundle
from ._opened import mask_here, open_store, store_option


@click.command(short_help="Write one fault into a file, for another machine.")
@click.argument("text", metavar="[ID]", required=False)
@click.option("--output", "-o", metavar="FILE", help="Where to; else to standard output.")
@click.option("--with-secrets", is_flag=True, help="Inputs in which a value is masked, too.")
@click.option("--without-values", is_flag=True, help="No inputs, no values of locals.")
@store_option
def export(
    *,
    text: str | None,
    output: str | None,
    with_secrets: bool,
    without_values: bool,
    store: str | None,
) -> None:
    """Write all that is known about one fault into one file, for `mpdiag import` elsewhere.

    Its text is masked.  Its inputs are pickles, which cannot be masked: one in which a value would
    be stays behind, unless --with-secrets is said.  What it holds is listed on standard error.
    ID is as for `mpdiag show`.
    """
    if with_secrets and without_values:
        raise click.UsageError("say --with-secrets or --without-values, not both")
    if output in {None, "-"} and sys.stdout.isatty():
        raise BundleToTerminal
    opened = open_store(store)
    found = opened.fault(text.partition("#")[0] if text else None)
    wanted = Wanted(mask=mask_here(), values=not without_values, secrets=with_secrets)
    file = io.BytesIO()
    contents = _write(opened, found, wanted, file)
    _put(file.getvalue(), output)
    for line in bundle_lines(found.fault, contents.counts, contents.phrases):
        click.echo(line, err=True)
    place = "standard output" if output in {None, "-"} else str(output)
    size = size_text(len(file.getvalue()))
    click.echo(f"mpdiag: {size} written to {place}; read it with: mpdiag import FILE", err=True)


def _write(store: Store, found: Found, wanted: Wanted, file: io.BytesIO) -> Contents:
    task = found.fault.first.task
    passing = store.passing(found.run.id, task.target) if task is not None else ()
    return write_bundle(
        file, found.fault, found.run, passing, wanted, by=__version__, at=round(time.time(), 3)
    )


def _put(content: bytes, output: str | None) -> None:
    """Write the whole of it, or nothing: a file that was there stays until then."""
    if output is None or output == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        with _draft(Path(output)) as draft:
            draft.write_bytes(content)
    except OSError as problem:
        why = f"cannot be written ({problem.strerror or problem})"
        raise BundleUnwritable(output, why) from problem


@contextlib.contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Give a file closed to others, which takes the place of *path* when it is written."""
    if path.exists() and not path.is_file():  # such as /dev/stdout, or a pipe with a name
        yield path
        return
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
