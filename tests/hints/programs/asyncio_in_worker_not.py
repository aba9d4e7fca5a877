"""A task of asyncio that fails."""

import asyncio


async def main():
    raise RuntimeError("loop")


if __name__ == "__main__":
    asyncio.run(main())
