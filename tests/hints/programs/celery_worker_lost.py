"""The words of billiard."""


class WorkerLostError(Exception):
    pass


if __name__ == "__main__":
    raise WorkerLostError("Worker exited prematurely: signal 9 (SIGKILL) Job: 0.")
