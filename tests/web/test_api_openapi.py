"""The description of the API: complete, valid, and true."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.airflow_home import prepare
from tests.web.api import client
from tests.web.test_api_access import problem

METHODS = ("get", "put", "post", "patch", "delete")


@pytest.fixture(scope="module", autouse=True)
def airflow() -> None:
    """Airflow is ready to be imported."""
    prepare()


@cache
def document() -> dict[str, Any]:
    from include.web.api import application

    return dict(json.loads(json.dumps(application.create().openapi())))


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document()["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method} {path}", item[method]


def validator(schema: Any) -> Draft202012Validator:
    """What judges by a schema of the document."""
    resource = DRAFT202012.create_resource(document())
    registry: Any = Registry().with_resource("urn:api", resource)
    return Draft202012Validator(_absolute(schema), registry=registry)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: f"urn:api{value}" if name == "$ref" else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema


def test_the_description_is_for_those_who_are_logged_in(seeded: str) -> None:
    assert problem(client(None, None).get("/openapi.json"))["status"] == 401
    assert client("vera", "viewer").get("/openapi.json").json() == document()


def test_the_description_is_openapi_3_1() -> None:
    from schemathesis.specs.openapi import definitions

    found = document()
    assert found["openapi"].startswith("3.1")
    definitions.OPENAPI_31_VALIDATOR.validate(found)


def test_every_schema_is_one() -> None:
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere() -> None:
    found = json.dumps(document())
    for part in found.split('"$ref": "#/components/schemas/')[1:]:
        assert part.split('"')[0] in document()["components"]["schemas"]


def test_every_operation_says_what_it_is() -> None:
    ids = []
    for name, operation in operations():
        assert operation["summary"], name
        assert len(operation["description"]) > 30, name
        assert operation["tags"], name
        assert operation["x-who-may"], name
        assert operation["security"] == [{"bearer": []}], name
        ids.append(operation["operationId"])
    assert len(ids) == len(set(ids)) >= 40
    assert all(one.replace("_", "").isalpha() for one in ids)
    tags = {tag["name"] for tag in document()["tags"]}
    assert {tag for _, operation in operations() for tag in operation["tags"]} == tags
    assert "bearer" in document()["components"]["securitySchemes"]


# What docs/number-management.md calls the kinds of users that the description names.
KINDS = {
    "may trigger `release_numbers`": "number managers",
    "may edit Airflow Variables": "administrators",
}


def test_the_guide_says_who_may_use_which_route() -> None:
    text = (Path(__file__).parents[2] / "docs" / "number-management.md").read_text()
    described = {
        f"{name.split()[0].upper()} {name.split()[1]}": operation["x-who-may"]
        for name, operation in operations()
    }
    told = {
        route: KINDS[kind]
        for line in text.splitlines()
        for kind in re.findall("|".join(KINDS), line)
        for route in re.findall(r"`((?:POST|PUT|PATCH|DELETE) [^`]+)`", line)
    }
    assert told == {
        route: kind for route, kind in described.items() if not route.startswith("GET ")
    }


def test_every_operation_says_what_may_go_wrong() -> None:
    for name, operation in operations():
        for status in ("401", "403", "422", "500", "503"):
            content = operation["responses"][status]["content"]["application/problem+json"]
            assert content["schema"]["$ref"].endswith("Document"), name
            assert content["example"]["status"] == int(status)


def test_every_operation_has_an_example_that_fits() -> None:
    for name, operation in operations():
        said = operation["responses"]
        success = next(status for status in ("200", "201", "204") if status in said)
        if success != "204":
            content = said[success]["content"]["application/json"]
            validator(content["schema"]).validate(content["example"])
        if name.split()[0] in ("post", "put", "patch"):
            content = operation["requestBody"]["content"]["application/json"]
            validator(content["schema"]).validate(content["example"])


def test_every_body_is_closed() -> None:
    for name, operation in operations():
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = document()["components"]["schemas"][reference.split("/")[-1]]
            assert schema["additionalProperties"] is False, name


def test_the_headers_are_described() -> None:
    for name, operation in operations():
        names = {one["name"] for one in operation.get("parameters", [])}
        assert ("Idempotency-Key" in names) == name.startswith("post "), name
        if "If-None-Match" in names:
            assert "ETag" in operation["responses"]["200"]["headers"]
            assert "304" in operation["responses"]
        if "If-Match" in names:
            assert "412" in operation["responses"]
    writes = ("patch /numbers", "delete /numbers", "patch /hierarchy", "delete /hierarchy")
    for name, operation in operations():
        if name.startswith((*writes, "post /operations")):
            assert "If-Match" in {one["name"] for one in operation["parameters"]}, name


def test_every_parameter_is_described_by_a_schema() -> None:
    for name, operation in operations():
        for parameter in operation.get("parameters", []):
            assert parameter["schema"], name
            assert parameter["name"] not in ("user", "body", "request", "credentials")
