"""The part of JSON Schema (draft 2020-12) that doc/explain.schema.json uses; what it does not know it refuses."""
import re

KNOWN = {"$schema", "$defs", "$ref", "title", "type", "required", "properties", "additionalProperties", "items",
         "enum", "const", "pattern", "minimum", "anyOf"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}


def resolve(root, ref):
    node = root
    for name in ref.removeprefix("#/").split("/"):
        node = node[name]
    return node


def check_object(root, schema, value, where):
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where}: {name} is missing"
    for name, member in value.items():
        if name in properties:
            yield from check(root, properties[name], member, f"{where}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{where}: {name} is not in the schema"


def check(root, schema, value, where="$"):
    """Yields one sentence for each way in which `value` breaks the schema."""
    unknown = set(schema) - KNOWN
    if unknown:
        raise ValueError(f"{where}: keywords {unknown} are not known here")
    if "$ref" in schema:
        yield from check(root, resolve(root, schema["$ref"]), value, where)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(TYPES[name](value) for name in types):
        yield f"{where}: {value!r} is not of type {types}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if "anyOf" in schema and all(list(check(root, one, value, where)) for one in schema["anyOf"]):
        yield f"{where}: {value!r} fits none of the choices"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not look like {schema['pattern']}"
    if "minimum" in schema and isinstance(value, int) and value < schema["minimum"]:
        yield f"{where}: {value} is below {schema['minimum']}"
    if isinstance(value, dict):
        yield from check_object(root, schema, value, where)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from check(root, schema["items"], item, f"{where}[{index}]")
