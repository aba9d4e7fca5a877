"""A file that is not there."""

if __name__ == "__main__":
    open("/no/such/file/24")
