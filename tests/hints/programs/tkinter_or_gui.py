"""The words of Tk without a screen."""


class TclError(Exception):
    pass


if __name__ == "__main__":
    raise TclError("no display name and no $DISPLAY environment variable")
