"""Another error of Tk."""


class TclError(Exception):
    pass


if __name__ == "__main__":
    raise TclError("bad window path name")
