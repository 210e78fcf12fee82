"""How much one address may ask of the site, so that one reader's script does not take it from the others."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy import Engine

from store.settings import Settings

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True, strategy="fixed-window")


def init_app(app: Flask, settings: Settings, _engine: Engine) -> None:
    """Count requests by address; the setting "off" counts none."""
    app.config["RATELIMIT_ENABLED"] = settings.rate_limit != "off"
    app.config["RATELIMIT_DEFAULT"] = None if settings.rate_limit == "off" else settings.rate_limit
    limiter.init_app(app)
