"""One visitor at a time at one address, however many crawls run on this machine.

A file for each address carries the time of its last answer and, while a request is under way, a lock that the kernel lets go
with the process. Machines that share the folder on a file system with locks take turns, too, as far as their clocks agree.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL = 0.05  # seconds between looks at an address that another crawl is asking


class Turns:
    """The turns of one crawl, in files of `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._here: dict[str, asyncio.Lock] = {}
        self._held: dict[str, int] = {}

    async def take(self, key: str, gap: Callable[[], float]) -> None:
        """Wait until nobody asks this address and `gap()` seconds are over since its last answer; it is ours then."""
        await self._here.setdefault(key, asyncio.Lock()).acquire()
        fd = os.open(self._folder / key, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            while True:
                pause = self._pause(fd, gap())
                if not pause and _locked(fd):
                    pause = self._pause(fd, gap())
                    if not pause:
                        break
                    fcntl.flock(fd, fcntl.LOCK_UN)  # somebody was quicker
                # Whoever sleeps holds no lock: the others have the same chance when the gap is over.
                await asyncio.sleep(pause or POLL)
        except BaseException:
            os.close(fd)
            self._here[key].release()
            raise
        self._held[key] = fd

    def give_back(self, key: str) -> None:
        """The answer is here, or will not come; does nothing for an address that is not ours."""
        fd = self._held.pop(key, None)
        if fd is not None:
            os.pwrite(fd, b"%020.6f" % time.time(), 0)
            os.close(fd)
            self._here[key].release()

    def close(self) -> None:
        """Give back all."""
        for key in list(self._held):
            self.give_back(key)

    @staticmethod
    def _pause(fd: int, gap: float) -> float:
        since = time.time() - float(os.pread(fd, 20, 0) or 0)
        return gap - since if 0 <= since < gap else 0.0


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
