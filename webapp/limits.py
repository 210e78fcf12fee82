"""How much one address may ask of the site, so that one reader's script does not take it from the others."""

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy import Engine

from store.settings import Settings


def _allowed() -> str:
    """The setting of the site that answers: a process may hold several."""
    allowed: str = current_app.config["ALLOWED_REQUESTS"]
    return allowed


limiter = Limiter(
    get_remote_address,
    default_limits=[_allowed],
    storage_uri="memory://",
    headers_enabled=True,
    strategy="fixed-window",
)


def init_app(app: Flask, settings: Settings, _engine: Engine) -> None:
    """Count requests by address; the setting "off" counts none."""
    app.config["RATELIMIT_ENABLED"] = settings.rate_limit != "off"
    # The switch is the process's, the setting the site's: one that counts nothing beside one that counts must still have a number.
    app.config["ALLOWED_REQUESTS"] = settings.rate_limit if app.config["RATELIMIT_ENABLED"] else "1000000 per second"
    limiter.init_app(app)
    limiter.enabled = app.config["RATELIMIT_ENABLED"]
