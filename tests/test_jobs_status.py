"""`vetting status`: what somebody sees who looks after a night."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from jobs.status import status, status_text
from store.leases import worker_name
from store.models import CrawlRun

LIVING = worker_name()
DEAD = ":".join([LIVING.split(":")[0], "999999", *LIVING.split(":")[2:]])


def told(engine: Engine, *workers: str) -> str:
    with Session(engine) as opened, opened.begin():
        for number, worker in enumerate(workers, start=1):
            opened.add(CrawlRun(id=number, worker=worker))
    return status_text(status(engine))


def test_a_run_that_was_killed_is_not_told_to_be_running(engine: Engine) -> None:
    assert "interrupted: no visit ended\n  the next `vetting crawl` goes on where it was" in told(engine, DEAD)


@pytest.mark.parametrize("worker", [LIVING, "another-machine:1:2:3"], ids=["here", "elsewhere"])
def test_a_run_under_way_here_or_elsewhere_is_running(engine: Engine, worker: str) -> None:
    assert "running: no visit ended" in told(engine, worker)


def test_what_to_do_is_said_of_the_last_run_alone(engine: Engine) -> None:
    assert "goes on where it was" not in told(engine, DEAD, LIVING)


def test_where_nothing_ran_yet_the_command_to_begin_with_is_named(engine: Engine) -> None:
    assert "`vetting crawl` starts one" in told(engine)
