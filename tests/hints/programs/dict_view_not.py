"""A view that is indexed."""

if __name__ == "__main__":
    {"a": 1}.keys()[0]
