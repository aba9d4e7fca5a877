"""A worker that was too slow."""


class SoftTimeLimitExceeded(Exception):
    pass


if __name__ == "__main__":
    raise SoftTimeLimitExceeded("Worker was too slow")
