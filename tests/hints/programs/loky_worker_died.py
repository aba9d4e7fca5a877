"""The words of loky."""


class TerminatedWorkerError(Exception):
    pass


if __name__ == "__main__":
    raise TerminatedWorkerError(
        "A worker process managed by the executor was unexpectedly terminated. This could be"
        " caused by a segmentation fault while calling the function."
    )
