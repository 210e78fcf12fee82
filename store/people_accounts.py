"""Accounts: passwords as argon2id hashes (RFC 9106), lock-out after wrong ones, sessions that end."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from store.engine import session
from store.models import now
from store.people import Role, SignIn, User
from store.people_audit import note

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
WRONG_BEFORE_LOCK = 5
LOCKED_FOR = timedelta(minutes=15)
IDLE_FOR = timedelta(minutes=60)
LASTS_FOR = timedelta(hours=12)
RANK = {Role.EDITOR: 1, Role.REVIEWER: 2, Role.ADMINISTRATOR: 3}
_HASHER = PasswordHasher()
# Checked when the name is unknown, so that an answer takes as long whether the name exists or not.
_NOBODY = _HASHER.hash(secrets.token_hex(16))


class AccountError(ValueError):
    """An account that cannot be made or changed so; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    id: int
    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether this person's role includes the other."""
        return RANK[self.role] >= RANK[role]


def add_user(engine: Engine, name: str, role: str, password: str, *, by: str = "the command line") -> None:
    """Open an account. Raises AccountError for a name that is taken or odd, an unknown role, a password that is too short."""
    name = name.strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{1,63}", name):
        raise AccountError(f"{name!r} is no name for an account; use 2 to 64 letters, digits, dots, hyphens or @")
    if role not in set(Role):
        raise AccountError(f"{role!r} is no role; use {', '.join(Role)}")
    hashed = _hash(password)
    with session(engine) as opened:
        if opened.exec(select(User).where(User.name == name)).first():
            raise AccountError(f"the name {name} is taken; choose another, or set a new password for it")
        opened.add(User(name=name, role=role, password_hash=hashed))
        note(opened, by, "account opened", name, role=role)


def set_password(engine: Engine, name: str, password: str, *, by: str) -> None:
    """Set a new password, unlock the account and end its sessions. Raises AccountError as `add_user` does."""
    hashed = _hash(password)
    with session(engine) as opened:
        user = _user(opened, name)
        user.password_hash, user.failed, user.locked_until = hashed, 0, None
        opened.add(user)
        _end_all(opened, user)
        note(opened, by, "password set", name)


def change_account(engine: Engine, name: str, *, role: str, active: bool, by: str) -> None:
    """Change a role, close or reopen an account; its sessions end. The last open administrator stays one."""
    if role not in set(Role):
        raise AccountError(f"{role!r} is no role; use {', '.join(Role)}")
    with session(engine) as opened:
        user = _user(opened, name)
        others = opened.exec(
            select(User).where(User.role == Role.ADMINISTRATOR, col(User.active), User.id != user.id).with_for_update()
        ).first()
        if (
            user.role == Role.ADMINISTRATOR
            and user.active
            and not (active and role == Role.ADMINISTRATOR)
            and others is None
        ):
            raise AccountError(f"{name} is the last administrator; make somebody else one first")
        user.role, user.active = role, active
        opened.add(user)
        _end_all(opened, user)
        note(opened, by, "account changed", name, role=role, active=active)


def sign_in(engine: Engine, name: str, password: str, *, at: datetime | None = None) -> str | None:
    """The key of a new session; None where name or password is wrong, or the account is closed or locked."""
    at = at or now()
    with session(engine) as opened:
        user = opened.exec(select(User).where(User.name == name.strip()).with_for_update()).first()
        right = _matches(user.password_hash if user else _NOBODY, password[:LONGEST_PASSWORD])
        if user is None or not user.active:
            return None
        if user.locked_until and user.locked_until > at:
            return None
        if not right:
            user.failed += 1
            if user.failed >= WRONG_BEFORE_LOCK:
                user.failed, user.locked_until = 0, at + LOCKED_FOR
                note(opened, user.name, "account locked", user.name, until=user.locked_until.isoformat())
            opened.add(user)
            return None
        if _HASHER.check_needs_rehash(user.password_hash):
            user.password_hash = _HASHER.hash(password)
        user.failed, user.locked_until, user.last_in_at = 0, None, at
        key = secrets.token_urlsafe(32)
        assert user.id is not None
        opened.add_all([user, SignIn(user_id=user.id, key_hash=hashed_key(key), started_at=at, seen_at=at)])
        note(opened, user.name, "signed in", user.name)
        return key


def signed_in(engine: Engine, key: str, *, at: datetime | None = None) -> Person | None:
    """Whose session the key is; None where it has ended, was idle for an hour, or is older than twelve."""
    at = at or now()
    with session(engine) as opened:
        found = opened.exec(
            select(SignIn, User)
            .join(User, col(User.id) == col(SignIn.user_id))
            .where(SignIn.key_hash == hashed_key(key), col(SignIn.ended_at).is_(None), col(User.active))
        ).first()
        if found is None:
            return None
        row, user = found
        if at - row.seen_at > IDLE_FOR or at - row.started_at > LASTS_FOR:
            return None
        if at - row.seen_at > timedelta(minutes=1):
            row.seen_at = at
            opened.add(row)
        assert user.id is not None
        return Person(user.id, user.name, Role(user.role))


def sign_out(engine: Engine, key: str, who: str) -> None:
    """End a session: its key is worth nothing from now on."""
    with session(engine) as opened:
        opened.execute(
            update(SignIn)
            .where(col(SignIn.key_hash) == hashed_key(key), col(SignIn.ended_at).is_(None))
            .values(ended_at=now())
        )
        note(opened, who, "signed out", who)


def people(engine: Engine) -> list[User]:
    """Every account, by name."""
    with session(engine) as opened:
        return list(opened.exec(select(User).order_by(col(User.name))))


def hashed_key(key: str) -> str:
    """What the database keeps of a secret of 256 random bits: too many to guess, so a fast digest is enough."""
    return sha256(key.encode()).hexdigest()


def _hash(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(
            f"the password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; three or four words will do"
        )
    return _HASHER.hash(password)


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _user(opened: Session, name: str) -> User:
    user = opened.exec(select(User).where(User.name == name)).first()
    if user is None:
        raise AccountError(f"there is no account {name}")
    return user


def _end_all(opened: Session, user: User) -> None:
    opened.execute(
        update(SignIn).where(col(SignIn.user_id) == user.id, col(SignIn.ended_at).is_(None)).values(ended_at=now())
    )
