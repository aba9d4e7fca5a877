"""A file that is a folder."""

if __name__ == "__main__":
    open("/dev/shm/..", "w")
