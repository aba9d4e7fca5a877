"""With the guard, and an error of its own."""

if __name__ == "__main__":
    raise RuntimeError("An attempt has been made")
