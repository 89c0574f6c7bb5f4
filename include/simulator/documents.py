"""A YAML file as the model that it must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def read(path: Path, model: type[Model], invalid: type[ValueError]) -> Model:
    """Return the model in the file at `path`; raise `invalid`, which names file and wrong keys."""
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise invalid(f"{path}: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise invalid(f"{path}: {_mistakes(error)}") from error


def _mistakes(error: ValidationError) -> str:
    details: Any = error.errors(include_url=False)
    keys = [".".join(str(part) for part in detail["loc"]) or "(top)" for detail in details]
    return "; ".join(f"{key}: {detail['msg']}" for key, detail in zip(keys, details, strict=True))
