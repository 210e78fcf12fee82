"""For the operator: /healthz tells whether the site can answer, /metrics how it does. Neither names a reader."""

import time

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from store.engine import session
from store.settings import Settings
from webapp.limits import limiter
from webapp.site import get_site


def init_app(app: Flask, _settings: Settings, engine: Engine) -> None:
    """Measure every request; answer the two addresses."""
    registry = CollectorRegistry()
    asked = Counter("vetting_requests_total", "Requests answered", ["endpoint", "status"], registry=registry)
    took = Histogram("vetting_request_seconds", "Time to answer, in seconds", ["endpoint"], registry=registry)
    listed = Gauge("vetting_clinics_listed", "Clinics in search", registry=registry)

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        asked.labels(endpoint, str(response.status_code)).inc()
        took.labels(endpoint).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response

    @app.get("/healthz")
    @limiter.exempt
    def healthz() -> tuple[dict[str, str], int]:
        try:
            with session(engine) as opened:
                opened.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return {"status": "the database does not answer"}, 503
        return {"status": "ok"}, 200

    @app.get("/metrics")
    @limiter.exempt
    def metrics() -> Response:
        listed.set(get_site().catalogue.count)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
