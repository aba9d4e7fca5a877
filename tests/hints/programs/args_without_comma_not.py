"""A star before a number in the program itself."""

if __name__ == "__main__":
    print(*5)
