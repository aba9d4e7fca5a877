"""The words of Windows."""

if __name__ == "__main__":
    raise ValueError("max_workers must be <= 61")
