"""A module that lacks a name."""

import json

if __name__ == "__main__":
    json.dumb({})
