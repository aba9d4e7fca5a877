"""A list that fits nowhere."""

if __name__ == "__main__":
    [0] * (1 << 60)
