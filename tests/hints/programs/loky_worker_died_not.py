"""A worker that ended as it should."""

if __name__ == "__main__":
    raise RuntimeError("a worker process managed by us was terminated as planned")
