"""Commands that take a program as ``python`` does: their own options stand before it."""

from __future__ import annotations

import click


class LikePython(click.Command):
    """Takes its own options only: what else stands there belongs to the interpreter."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave Python's flags to Python: click would read ``-Wq`` as our ``-q``."""
        from ..runner import split

        options = {
            name: not (option.is_flag or option.count)
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        ours, theirs = split(args, options)
        return super().parse_args(ctx, [*ours, "--", *theirs])
