"""A file of that kind of name."""

if __name__ == "__main__":
    open("/tmp/psm/not-there")
