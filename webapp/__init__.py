"""The public site: Flask, server-rendered. `create_app` joins its parts; a blueprint is a topic with its templates."""

from flask import Flask
from sqlalchemy import Engine

from store.settings import Settings
from webapp import assets, caching, desk, fragments, language, limits, observation, security, site
from webapp import wording as words
from webapp.accuracy import accuracy
from webapp.api import api
from webapp.checklist import checklist
from webapp.clinics import clinics
from webapp.compare import compare
from webapp.corrections import corrections
from webapp.data import data
from webapp.discovery import discovery
from webapp.feeds import feeds
from webapp.pages import pages
from webapp.search import search
from webapp.statistics import statistics


def create_app(settings: Settings, engine: Engine) -> Flask:
    """The site over one database. Raises ChecklistError where the checklist cannot be used."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.config["SECRET_KEY"] = settings.secret_key or None
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    for part in (security, site, language, assets, words, caching, fragments, limits, observation):
        part.init_app(app, settings, engine)
    for topic in (
        search,
        clinics,
        compare,
        checklist,
        accuracy,
        statistics,
        pages,
        corrections,
        data,
        feeds,
        discovery,
        api,
    ):
        app.register_blueprint(topic)
    desk.init_app(app, settings, engine)
    return app
