"""Faults that are made to happen again."""
