"""A bundle cannot be made or taken in."""

from __future__ import annotations

from ._root import MpdiagError, UsageError


class BundleError(MpdiagError):
    """One fault in one file: it could not be written, or cannot be taken in."""

    slug = "bundle"

    def __init__(self, name: object, why: str) -> None:
        super().__init__(f"{name} {why}")


class BundleUnreadable(BundleError):
    """The file is no bundle, is damaged or cut off, or says what cannot be."""

    slug = "bundle-unreadable"
    remedy = "Nothing of it was taken in; have it made again with mpdiag export, and sent whole."


class BundleTooNew(BundleError):
    """A later mpdiag made it."""

    slug = "bundle-too-new"
    remedy = "Take it in with that mpdiag (pip install -U mpdiag); nothing of it was taken in."


class BundleTooLarge(BundleError):
    """It holds more than one fault has, or its file is larger than one may be."""

    slug = "bundle-too-large"
    remedy = (
        "Nothing of it was taken in; have it made with mpdiag export --without-values, "
        "or make room (mpdiag prune)."
    )


class BundleUnwritable(BundleError):
    """The place that it should be written to is closed, full or gone."""

    slug = "bundle-unwritable"
    remedy = "Name another place: mpdiag export ID --output FILE."


class BundleToTerminal(UsageError):
    """A bundle is bytes, and no terminal shows them."""

    slug = "bundle-to-terminal"
    remedy = "Write it to a file: mpdiag export ID > fault.mpdiag, or --output FILE."

    def __init__(self) -> None:
        super().__init__("a bundle is binary, and standard output is a terminal")
