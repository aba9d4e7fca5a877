"""Another warning of deprecation."""

import warnings

if __name__ == "__main__":
    warnings.simplefilter("always")
    warnings.warn("fork() is old", DeprecationWarning, stacklevel=1)
