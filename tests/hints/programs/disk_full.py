"""A device that is always full."""

if __name__ == "__main__":
    with open("/dev/full", "w") as file:
        file.write("x" * 100_000)
