"""Several crawls in one process: Twisted's reactor may be started once only, but the asyncio loop under it may run again."""

import asyncio
import resource
from collections.abc import Coroutine
from typing import Any, TypeVar

from scrapy.utils.reactor import install_reactor

REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
Result = TypeVar("Result")


def run_in_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` to its end on the reactor's loop; tasks that it left behind are cancelled."""
    reactor = _reactor()
    loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
    if not reactor.running:
        # What reactor.run() does before it turns the loop over; signals are run.py's.
        reactor.startRunning(installSignalHandlers=False)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))


def resolve_with(resolver: Any) -> None:
    """From now on every connection of this process is made to addresses that `resolver` (IHostnameResolver) hands out."""
    _reactor().installNameResolver(resolver)


def allow_files(number: int) -> None:
    """Let this process open so many files, as far as the system lets it: each site has a connection and a turn."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard), hard))


def _reactor() -> Any:
    install_reactor(REACTOR)
    from twisted.internet import reactor  # importing it any earlier would install another one

    return reactor
