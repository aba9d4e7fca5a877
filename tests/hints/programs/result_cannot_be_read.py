"""The words of loky for a result that does not load."""


class BrokenProcessPool(Exception):
    pass


if __name__ == "__main__":
    raise BrokenProcessPool(
        "A result has failed to un-serialize. Please ensure that the objects returned by the"
        " function are always picklable."
    )
