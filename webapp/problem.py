"""Errors of the API as problem+json (RFC 9457)."""

import json
from http import HTTPStatus

from flask import Response, request


def problem(status: int, title: str, detail: str) -> Response:
    """An answer that says what is wrong and how to mend it."""
    body = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
    }
    return Response(json.dumps(body), status, content_type="application/problem+json")
