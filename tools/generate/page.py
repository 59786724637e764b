"""The API's description as one HTML page without scripts, from the OpenAPI document."""
from html import escape

STYLE = '''body{font:16px/1.6 system-ui,"Noto Sans SC",sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#222}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}details{border:1px solid #ddd;border-radius:4px;margin:.4rem 0}
summary{padding:.4rem .6rem;cursor:pointer}summary:focus-visible{outline:2px solid #0b5cad}details>div{padding:.2rem .8rem .8rem}
code{background:#f4f4f4;padding:0 .2rem}b.m{display:inline-block;min-width:4rem;color:#0b5cad}table{border-collapse:collapse}
td,th{border:1px solid #ddd;padding:.2rem .5rem;text-align:left;vertical-align:top}nav a{margin-right:.8rem}'''


def paragraphs(text):
    out = []
    for piece in text.split('\n\n'):
        piece = escape(piece)
        while piece.count('**') >= 2:
            piece = piece.replace('**', '<strong>', 1).replace('**', '</strong>', 1)
        while piece.count('`') >= 2:
            piece = piece.replace('`', '<code>', 1).replace('`', '</code>', 1)
        out.append(f'<p>{piece}</p>')
    return ''.join(out)


def link(schema):
    """A schema in a few words, its name as a link."""
    if '$ref' in schema:
        name = schema['$ref'].rsplit('/', 1)[1]
        return f'<a href="#schema-{name}">{name}</a>'
    if 'oneOf' in schema:
        return ' | '.join(link(item) for item in schema['oneOf'])
    kind = schema.get('type', 'any')
    kind = ' | '.join(kind) if isinstance(kind, list) else kind
    if 'items' in schema:
        return f'{kind} of {link(schema["items"])}'
    bounds = ', '.join(f'{key} {escape(str(schema[key]))}' for key in ('format', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'maxItems')
                       if key in schema)
    values = ' · '.join(escape(str(value)) for value in schema.get('enum', []) if value is not None)
    return kind + (f' ({bounds})' if bounds else '') + (f': {values}' if values else '')


def resolve(document, item):
    if '$ref' not in item:
        return item
    kind, name = item['$ref'].split('/')[-2:]
    return document['components'][kind][name]


def parameters(document, operation):
    rows = []
    for item in operation.get('parameters', []):
        item = resolve(document, item)
        required = ' *' if item.get('required') else ''
        rows.append(f'<tr><td><code>{escape(item["name"])}</code>{required}</td><td>{item["in"]}</td><td>{link(item["schema"])}</td>'
                    f'<td>{escape(item.get("description", ""))}</td></tr>')
    return '<table><tr><th>参数 Parameter</th><th></th><th></th><th></th></tr>' + ''.join(rows) + '</table>' if rows else ''


def answers(operation):
    rows = []
    for status, answer in operation['responses'].items():
        content = ''.join(f'{kind}: {link(media["schema"])}' for kind, media in answer.get('content', {}).items())
        if '$ref' not in answer:
            rows.append(f'<li><b>{status}</b> {escape(answer.get("description", ""))} {content}</li>')
    problems = ', '.join(status for status, answer in operation['responses'].items() if '$ref' in answer)
    return f'<ul>{"".join(rows)}<li>{problems}: <a href="#schema-Problem">Problem</a></li></ul>'


def operation_block(document, path, method, operation):
    body = ''.join(f'<p>{kind}: {link(media["schema"])}</p>' for kind, media in operation.get('requestBody', {}).get('content', {}).items())
    return (f'<details id="{operation["operationId"]}"><summary><b class="m">{method.upper()}</b> <code>{escape(path)}</code> '
            f'{escape(operation["summary"])}</summary><div>{paragraphs(operation["description"])}{parameters(document, operation)}{body}'
            f'{answers(operation)}</div></details>')


def schema_block(name, schema):
    rows = ''.join(f'<tr><td><code>{escape(key)}</code>{" *" if key in schema.get("required", []) else ""}</td><td>{link(value)}</td>'
                   f'<td>{escape(value.get("description", ""))}</td></tr>' for key, value in schema.get('properties', {}).items())
    return f'<details id="schema-{name}"><summary><code>{name}</code></summary><div><table>{rows}</table></div></details>'


def page(document):
    groups = {tag['name']: [] for tag in document['tags']}
    for path, methods in document['paths'].items():
        for method, operation in methods.items():
            groups[operation['tags'][0]].append(operation_block(document, path, method, operation))
    nav = ' '.join(f'<a href="#tag-{tag["name"]}">{escape(tag["description"].split(".")[0])}</a>' for tag in document['tags'])
    sections = ''.join(f'<h2 id="tag-{tag["name"]}">{escape(tag["description"])}</h2>{"".join(groups[tag["name"]])}' for tag in document['tags'])
    schemas = ''.join(schema_block(name, schema) for name, schema in document['components']['schemas'].items())
    return ('<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<title>qilian 企联 API</title><style>{STYLE}</style><h1>qilian 企联 API</h1>'
            f'<p><a href="/api/v1/openapi.json">OpenAPI 3.1</a></p>{paragraphs(document["info"]["x-description-zh"])}'
            f'<div lang="en">{paragraphs(document["info"]["description"])}</div><nav>{nav}</nav>{sections}'
            f'<h2>Schemas</h2>{schemas}</html>\n')
