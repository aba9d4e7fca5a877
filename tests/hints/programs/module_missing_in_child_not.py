"""A module that is missing in the program itself."""

if __name__ == "__main__":
    import helpers_of_nobody
