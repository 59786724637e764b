"""Whether an answer is what the API's description says: JSON Schema as far as the description uses it."""

import re


class Description:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            found = self.document
            for key in node["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            node = found
        return node

    def faults(self, response, method, path):
        """What is wrong with an answer to an operation of the description; [] if nothing is."""
        operation = self.document["paths"][path][method.lower()]
        status = str(response.status)
        declared = operation["responses"].get(status) or operation["responses"].get(status[0] + "XX")
        if declared is None:
            return [f"status {status} is not described"]
        content = self.resolve(declared).get("content")
        if not content:
            return [] if not response.body else ["a body where none is described"]
        kind = (response.headers["Content-Type"] or "").split(";")[0]
        if kind not in content:
            return [f"{kind} instead of {', '.join(content)}"]
        return list(self.check(response.json, content[kind].get("schema", {}), "")) if kind.endswith("json") else []

    def check(self, value, schema, at):
        schema = self.resolve(schema)
        if "oneOf" in schema:
            tries = [list(self.check(value, item, at)) for item in schema["oneOf"]]
            if all(tries):
                yield from min(tries, key=len)
            return
        kinds = schema.get("type")
        if kinds and not any(TYPES[kind](value) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
            yield f"{at}: {value!r:.60} is no {kinds}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r:.60} is none of {schema['enum']}"
        if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{at}: {value!r:.60} does not match {schema['pattern']}"
        if isinstance(value, dict):
            yield from self.check_object(value, schema, at)
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                yield from self.check(item, schema["items"], f"{at}/{i}")

    def check_object(self, value, schema, at):
        properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name in schema.get("required", []):
            if name not in value:
                yield f"{at}/{name} is missing"
        for name, item in value.items():
            if name in properties:
                yield from self.check(item, properties[name], f"{at}/{name}")
            elif more is False:
                yield f"{at}/{name} is not described"
            elif isinstance(more, dict):
                yield from self.check(item, more, f"{at}/{name}")


TYPES = {
    "object": lambda value: isinstance(value, dict), "array": lambda value: isinstance(value, list), "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool), "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool), "null": lambda value: value is None,
}
