"""A result that was cancelled."""

from concurrent.futures import Future

if __name__ == "__main__":
    future = Future()
    future.cancel()
    future.result()
