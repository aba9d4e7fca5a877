"""A lambda that stays in its process, and fails there."""

if __name__ == "__main__":
    (lambda x: x["no"])({})
