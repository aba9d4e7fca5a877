"""A function that is not implemented, elsewhere."""

if __name__ == "__main__":
    raise NotImplementedError("function not implemented")
