"""Another trouble of CUDA."""

if __name__ == "__main__":
    raise RuntimeError("CUDA out of cards")
