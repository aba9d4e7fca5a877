"""The words of torch."""

if __name__ == "__main__":
    raise RuntimeError(
        "Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you"
        " must use the 'spawn' start method"
    )
