"""Leases: one worker a clinic, by the database's clock, fenced."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from store.leases import Lease, LeaseLost, guard, is_dead, release, release_dead, renew, take_due, worker_name
from store.models import Clinic, ClinicStatus, now


@pytest.fixture(autouse=True)
def four_clinics(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for number in range(1, 5):
            due = now() - timedelta(days=number)
            session.add(
                Clinic(slug=f"c{number}", name="C", url="http://c.example", website=f"c{number}.example", due_at=due)
            )


def take(engine: Engine, owner: str, limit: int = 1, seconds: int = 60, **more: object) -> list[Lease]:
    with Session(engine) as session, session.begin():
        return take_due(session, owner, seconds, limit, **more)  # type: ignore[arg-type]


def test_the_longest_overdue_comes_first_and_nobody_gets_it_twice(engine: Engine) -> None:
    first, second = take(engine, "a", 2), take(engine, "b", 4)
    assert {lease.clinic_id for lease in first} == {4, 3} and {lease.clinic_id for lease in second} == {2, 1}
    assert take(engine, "c", 4) == []


def test_a_worker_past_its_lease_cannot_write(engine: Engine) -> None:
    (frozen,) = take(engine, "a", seconds=-1)
    with Session(engine) as session, pytest.raises(LeaseLost):
        guard(session, frozen)


def test_the_fence_of_a_later_holder_shuts_the_earlier_one_out(engine: Engine) -> None:
    (frozen,) = take(engine, "a", seconds=-1)
    (later,) = take(engine, "b")
    assert later.clinic_id == frozen.clinic_id and later.fence == frozen.fence + 1
    with Session(engine) as session, session.begin():
        guard(session, later)
        release(session, frozen)
        guard(session, later)
        with pytest.raises(LeaseLost):
            guard(session, frozen)


def test_only_what_has_not_run_out_is_renewed(engine: Engine) -> None:
    (held,) = take(engine, "a")
    take(engine, "a", seconds=-1)
    with Session(engine) as session, session.begin():
        assert renew(session, "a", 60) == {held.clinic_id}


def test_due_dates_hold_unless_ids_or_every_are_asked_for(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.exec(update(Clinic).values(due_at=now() + timedelta(days=1)))
    assert take(engine, "a", 4) == []
    assert len(take(engine, "a", 4, ids=[2])) == 1 and len(take(engine, "a", 4, every=True)) == 3


def test_a_clinic_that_opted_out_is_never_taken(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.exec(update(Clinic).values(status=ClinicStatus.OPTED_OUT))
    assert take(engine, "a", 4, every=True) == [] and take(engine, "a", 4, ids=[1]) == []


def test_a_lease_given_back_can_be_taken_at_once(engine: Engine) -> None:
    (lease,) = take(engine, "a")
    with Session(engine) as session, session.begin():
        release(session, lease)
    assert take(engine, "b")[0].clinic_id == lease.clinic_id


def test_what_a_dead_process_of_this_machine_held_is_given_back(engine: Engine) -> None:
    living = worker_name()
    dead = ":".join([living.split(":")[0], "999999", *living.split(":")[2:]])
    take(engine, dead, 2)
    take(engine, living)
    with Session(engine) as session, session.begin():
        assert release_dead(session) == 2
        owners = session.exec(select(Clinic.lease_owner).where(col(Clinic.lease_owner) != "")).all()
    assert owners == [living] and is_dead(dead) and not is_dead(living) and not is_dead("elsewhere:1:2:3")
