"""A loop where there is none."""

import asyncio

if __name__ == "__main__":
    asyncio.get_running_loop()
