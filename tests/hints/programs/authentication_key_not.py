"""A wrong key is another trouble."""

from multiprocessing.context import AuthenticationError

if __name__ == "__main__":
    raise AuthenticationError("digest sent was rejected")
