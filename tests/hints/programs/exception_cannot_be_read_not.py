"""A class that is called wrongly in the task itself."""


class Refused(Exception):
    def __init__(self, code, why):
        super().__init__(code, why)


if __name__ == "__main__":
    raise Refused(7)
