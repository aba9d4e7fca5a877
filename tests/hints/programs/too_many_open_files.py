"""More pipes than a process may have."""

import multiprocessing, resource

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))
    pipes = [multiprocessing.Pipe() for _ in range(40)]
