"""The API's description (OpenAPI 3.1), made from the very models that its code reads and writes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from werkzeug.datastructures import MultiDict

Model = TypeVar("Model", bound=BaseModel)
REF = "#/components/schemas/{model}"


class Problem(BaseModel):
    """An error as problem+json (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


@dataclass(frozen=True)
class Operation:
    """One address of the API: its path in OpenAPI's notation, its query and its answer."""

    path: str
    summary: str
    answer: type[BaseModel]
    query: type[BaseModel] | None
    name: str


class Description:
    """Collects the operations as they are declared and describes them."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def operation(
        self, path: str, answer: type[BaseModel], query: type[BaseModel] | None = None
    ) -> Callable[[Any], Any]:
        """Declare a view; its docstring's first line is the summary."""

        def declare(view: Any) -> Any:
            summary = (view.__doc__ or "").strip().splitlines()[0]
            self.operations.append(Operation(path, summary, answer, query, view.__name__))
            return view

        return declare

    def document(self, address: str) -> dict[str, Any]:
        """The whole description, for one site."""
        models = [(operation.answer, "serialization") for operation in self.operations]
        models += [(operation.query, "validation") for operation in self.operations if operation.query]
        _, schemas = models_json_schema([*models, (Problem, "serialization")], ref_template=REF)  # type: ignore[list-item]
        components = schemas.get("$defs", {})
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Vetting",
                "version": "1",
                "description": "What ketamine clinics state on their own pages. A statement is not an act; silence is not an omission.",
                "license": {"name": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
            },
            "servers": [{"url": f"{address}/api/v1"}],
            "paths": {operation.path: {"get": _described(operation, components)} for operation in self.operations},
            "components": {"schemas": components},
        }


def read_query(model: type[Model], arguments: MultiDict[str, str]) -> Model | str:
    """The query as its model, or what is wrong with it in a sentence."""
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in arguments:
            values[name] = arguments.getlist(name) if "list" in str(field.annotation) else arguments[name]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _described(operation: Operation, components: dict[str, Any]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if "{slug}" in operation.path:
        parameters.append(
            {"name": "slug", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        )
    if operation.query is not None:
        schema = components.pop(operation.query.__name__)
        for name, field in schema["properties"].items():
            parameters.append(
                {"name": name, "in": "query", "description": field.get("description", ""), "schema": field}
            )
    answer = {"application/json": {"schema": {"$ref": REF.format(model=operation.answer.__name__)}}}
    problem = {"content": {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}}}
    responses: dict[str, Any] = {
        "200": {"description": "The answer", "content": answer},
        "304": {"description": "What you have (If-None-Match) is the newest"},
        "429": {"description": "Too many requests; wait and try again", **problem},
    }
    if operation.query is not None:
        responses["400"] = {"description": "The query cannot be read", **problem}
    if "{slug}" in operation.path:
        responses["404"] = {"description": "There is no such clinic", **problem}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
    }
