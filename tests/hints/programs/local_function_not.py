"""A local function that is called where it is, and fails."""


def main():
    def task(x):
        raise AttributeError("no local object")

    task(1)


if __name__ == "__main__":
    main()
