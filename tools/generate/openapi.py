"""The OpenAPI 3.1 document of the API, from checked declarations."""
import model
import exports

DESCRIPTION = '''Every address below belongs to one platform, which the host name picks.

**Signing in.** A session cookie, or an API key as bearer token. Writes that carry a cookie must come from the platform's own pages
(`Origin`).

**Problems.** Every failure is `application/problem+json` (RFC 9457) with a stable `code`, a sentence in Chinese and one in English, and in
`errors` each fault with the JSON pointer of the field.

**Lists** page by cursor: send `next` back as `cursor`. `limit` is 50 unless told, at most 200.

**Writes.** A record's version is its `ETag`; changing it takes `If-Match`. `Idempotency-Key` makes a write safe to repeat: the same key with the
same body gets the stored answer. Operations that do not name it (signing in, registering) refuse it, and so do all for visitors.

**Codes by SMS.** A visitor's request may be answered 428 `proof-required` with a `challenge` such as `13.AQAB…`: find any text `n` so that SHA-256 of
`<challenge>:<n>` begins with 13 zero bits, and send `proof: "<challenge>:<n>"` along with the same body within ten minutes. It is worth one request. An answer's `Qilian-Position`, sent back as `Qilian-After`, lets a read wait (at most 2 s) until that write is visible where it reads.

Money is in fen, times are UTC (RFC 3339), days are `YYYY-MM-DD`, platforms are named by their slug.'''

# The same, paragraph by paragraph.
DESCRIPTION_ZH = '''以下每个地址都属于某一个平台，由主机名确定。

**登录。** 用会话 Cookie，或以接口密钥作为 bearer 令牌。带 Cookie 的写入须来自该平台自己的页面（`Origin`）。

**错误。** 每次失败都是 `application/problem+json`（RFC 9457），带有固定的 `code`、中英文各一句说明；`errors` 中列出每一处问题及其字段的 JSON 指针。

**列表**按游标翻页：把 `next` 作为 `cursor` 传回。`limit` 默认 50，最多 200。

**写入。** 记录的版本即其 `ETag`；修改须带 `If-Match`。`Idempotency-Key` 使写入可以放心重试：同一键、同一内容得到已保存的回答。未列出该请求头的操作（登录、注册）
不接受它，访客的全部操作也不接受。

**短信验证码。** 访客的请求可能得到 428 `proof-required` 和形如 `13.AQAB…` 的 `challenge`：找出任意文本 `n`，使 `<challenge>:<n>` 的 SHA-256 以 13 个零比特开头，
在十分钟内连同原内容一并发送 `proof: "<challenge>:<n>"`。每个只能用于一次请求。把回答中的 `Qilian-Position` 作为 `Qilian-After` 传回，可使读取等到该写入在所读之处可见（最多 2 秒）。

金额以分为单位，时间为 UTC（RFC 3339），日期为 `YYYY-MM-DD`，平台以其 slug 称呼。'''

FORMATS = {
    'text': {'type': 'string'}, 'longtext': {'type': 'string'}, 'int': {'type': 'integer', 'format': 'int64'},
    'uint': {'type': 'integer', 'format': 'int64', 'minimum': 0}, 'money': {'type': 'integer', 'format': 'int64'}, 'bool': {'type': 'boolean'},
    'date': {'type': 'string', 'format': 'date'}, 'time': {'type': 'string', 'format': 'date-time'}, 'id': {'type': 'string', 'format': 'uuid'},
    'file': {'type': 'string', 'format': 'uuid'}, 'enum': {'type': 'string'}, 'region': {'type': 'string', 'pattern': '^[0-9]{6}$'},
    'uscc': {'type': 'string', 'pattern': '^[0-9A-Z]{18}$'}, 'mobile': {'type': 'string'}, 'email': {'type': 'string'},
    'phone': {'type': 'string'}, 'url': {'type': 'string', 'format': 'uri'}, 'platform': {'type': 'string'}, 'term': {'type': 'string'},
    'hash': {'type': 'string', 'pattern': '^[0-9a-f]{64}$'}, 'secret': {'type': 'string', 'format': 'password'}, 'invite_code': {'type': 'string', 'format': 'password'}, 'digits': {'type': 'string', 'format': 'password'},
    'json': {}, 'blocks': {'type': 'array', 'items': {'type': 'object'}},
}
EXAMPLES = {
    'date': '2026-05-06', 'time': '2026-05-06T08:00:00.000Z', 'id': '01890a5d-ac96-774b-bcce-b302099a8057', 'region': '331100',
    'file': '01890a5d-ac96-774b-bcce-b302099a8057', 'uscc': '91330000MA27U0AR0T', 'email': 'contact@example.cn', 'platform': 'lishui',
    'url': 'https://example.cn/', 'money': 1280000, 'bool': True, 'phone': '0578-2091234', 'mobile': '13857800001',
}
PROBLEM = {'$ref': '#/components/responses/Problem'}
CODES = {400: 'malformed', 401: 'sign-in-required', 403: 'forbidden', 404: 'not-found', 409: 'conflict', 412: 'stale', 422: 'invalid', 428: 'if-match-required'}


def camel(name):
    return ''.join(part[:1].upper() + part[1:] for part in name.replace('-', '_').split('_'))


def nullable(schema):
    out = dict(schema)
    if isinstance(out.get('type'), str):
        out['type'] = [out['type'], 'null']
    elif '$ref' in out:
        return {'oneOf': [out, {'type': 'null'}]}
    if 'enum' in out:
        out['enum'] = out['enum'] + [None]
    return out


def base(field, output):
    if field.type == 'object':
        return {'$ref': f'#/components/schemas/{camel(field.shape)}'}
    if field.type == 'list':
        if field.shape:
            items = {'$ref': f'#/components/schemas/{camel(field.shape)}'}
        else:
            items = dict(FORMATS[field.of])
            if field.values:
                items['enum'] = [code for code, _, _ in field.values]
        out = {'type': 'array', 'items': items}
        if not output:
            out.update({key: value for key, value in (('minItems', field.min), ('maxItems', field.max)) if value is not None})
        return out
    out = dict(FORMATS[field.type])
    if field.values and field.type != 'text':
        out['enum'] = [code for code, _, _ in field.values]
    if output:
        if field.masked or field.sealed:
            out = {'type': 'string'}
        return out
    if out.get('type') == 'string' and field.type != 'enum':
        out.update({key: value for key, value in (('minLength', field.min), ('maxLength', field.max)) if value is not None})
    elif out.get('type') == 'integer':
        out.update({key: value for key, value in (('minimum', field.min), ('maximum', 2 ** 53 - 1 if field.max is None else field.max)) if value is not None})
    if field.pattern:
        out['pattern'] = f'^(?:{field.pattern})$'
    return out


def schema_of(field, output):
    out = base(field, output)
    words = f'{field.en} {field.zh}'.strip() if field.en != field.name else ''
    if field.help_en:
        words += f'. {field.help_en} {field.help_zh or ""}'.rstrip()
    if field.follows:
        words += f'. Always that of {field.follows}'
    elif field.frozen:
        words += f'. Frozen: {field.frozen}'
    elif field.taken:
        words += f'. Taken from {field.taken} when it is named, and frozen since'
    if field.terms:
        words += f". A term of the platform's {field.terms}"
    if output or not field.required:
        out = nullable(out)
    if words:
        out['description'] = words
    example = field.example if field.example is not None else field.values[0][0] if field.type == 'enum' and field.values else EXAMPLES.get(field.type)
    if example is not None and '$ref' not in out and 'oneOf' not in out and not (output and (field.masked or field.sealed)):
        if not (field.max is not None and isinstance(example, int) and example > field.max):
            out['examples'] = [example]
    return out


def shape_schema(shape, output):
    properties = {field.name: schema_of(field, output) for field in shape.fields}
    out = {'type': 'object', 'additionalProperties': False, 'properties': properties}
    required = [field.name for field in shape.fields if output or field.required]
    if required:
        out['required'] = required
    return out


def used_shapes(checker):
    """Names of shapes used as input or query, and as output."""
    def closure(names):
        seen = set()

        def visit(name):
            if name in seen:
                return
            seen.add(name)
            for field in checker.shapes[name].fields:
                if field.shape:
                    visit(field.shape)
        for name in names:
            visit(name)
        return seen
    inputs = closure(e.input for e in checker.endpoints if e.input)
    outputs = closure(e.output for e in checker.endpoints if e.output and not checker.shapes[e.output].row)
    return inputs, outputs


IMPLIED_SCHEMAS = {
    'id': {'type': 'string', 'format': 'uuid'}, 'version': {'type': 'integer', 'minimum': 1}, 'home_id': {'type': 'string', 'description': 'Platform that holds the home'},
    'step': {'type': 'string'}, 'due_on': {'type': ['string', 'null'], 'format': 'date'}, 'created_at': {'type': 'string', 'format': 'date-time'},
    'updated_at': {'type': 'string', 'format': 'date-time'},
}


def asked_schema():
    """What was asked of a row's home (core/record/ask.h)."""
    moment = {'type': ['string', 'null'], 'format': 'date-time'}
    said = {'key': {'type': 'string', 'format': 'uuid'}, 'event': {'type': 'string'}, 'text': {'type': 'string', 'description': 'The event in the caller\'s language'},
            'by': {'type': ['string', 'null']}, 'state': {'type': 'string'}, 'sent_at': moment, 'answered_at': moment,
            'reason': {'type': ['string', 'null'], 'description': 'Why it was refused, in the caller\'s language'}}
    return {'type': 'array', 'description': 'What people of this platform asked of the row\'s home, newest first',
            'items': {'type': 'object', 'properties': said, 'required': ['key', 'event', 'state', 'sent_at']}}


def silence_schema():
    """What happens to a row by itself (core/record/silence.h)."""
    said = {'event': {'type': 'string'}, 'zh': {'type': 'string'}, 'en': {'type': 'string'}, 'on': {'type': ['string', 'null'], 'format': 'date'}}
    return {'type': 'array', 'description': 'What the server fires by itself if nobody says anything, and on which day',
            'items': {'type': 'object', 'properties': said, 'required': ['event', 'on']}}


def record_schema(checker, record, in_list):
    table = checker.tables[record.table]
    properties = {}
    for column, _ in model.IMPLIED:
        if column not in table.columns or column in ('home_seq', 'policy_hash', 'clock_stopped_on', 'created_by'):
            continue
        if column == 'phase':
            properties['phase'] = {'type': 'string', 'enum': [code for code, _, _ in record.phases]}
            continue
        name = 'home' if column == 'home_id' else column
        properties[name] = dict(IMPLIED_SCHEMAS[column])
        if column == 'step':
            properties['step_text'] = {'type': 'string', 'description': 'The step in the caller\'s language'}
    for field in record.fields:
        if field.read and (field.in_list or not in_list):
            properties[field.name] = schema_of(field, True)
    if record.extra and not in_list:
        properties['extra'] = {'type': ['object', 'null'], 'description': 'Extra fields of the platform\'s form', 'additionalProperties': True}
    if not in_list:
        properties['actions'] = {'type': 'array', 'description': 'What this caller may do now', 'items': {'$ref': '#/components/schemas/Action'}}
        if record.asks:
            properties['asked'] = asked_schema()
        if record.lifecycle or record.course is not None:
            properties['silence'] = silence_schema()
    open_ended = 'present' in record.hooks and not in_list
    return {'type': 'object', 'properties': properties, 'required': ['id'], 'additionalProperties': bool(open_ended)}


def seen_schema(record, in_list):
    """What visitors see of it."""
    properties = {'id': dict(IMPLIED_SCHEMAS['id'])}
    properties.update({field.name: schema_of(field, True) for field in record.public.fields if field.in_list or not in_list})
    return {'type': 'object', 'properties': properties, 'required': ['id'], 'additionalProperties': False}


def input_schema(record, patch):
    fields = [field for field in record.fields if field.write]
    properties = {field.name: schema_of(field, False) for field in fields}
    if record.extra:
        properties['extra'] = {'type': 'object', 'additionalProperties': True, 'description': 'Extra fields of the platform\'s form'}
    out = {'type': 'object', 'additionalProperties': False, 'properties': properties}
    if patch:
        out['minProperties'] = 1
    required = [] if patch else [field.name for field in fields if field.required]
    if required:
        out['required'] = required
    return out


COMMON = {
    'Problem': {
        'type': 'object', 'description': 'RFC 9457',
        'required': ['type', 'title', 'status', 'code', 'detail', 'zh', 'en'],
        'properties': {
            'type': {'type': 'string', 'examples': ['/problems/invalid']}, 'title': {'type': 'string'}, 'status': {'type': 'integer', 'examples': [422]},
            'code': {'type': 'string', 'description': 'Stable', 'examples': ['invalid']}, 'detail': {'type': 'string'},
            'zh': {'type': 'string'}, 'en': {'type': 'string'},
            'request_id': {'type': 'string'},
            'errors': {'type': 'array', 'items': {'$ref': '#/components/schemas/ProblemField'}}},
        'additionalProperties': True},
    'ProblemField': {
        'type': 'object', 'required': ['pointer', 'code', 'zh', 'en'], 'additionalProperties': False,
        'properties': {'pointer': {'type': 'string', 'examples': ['/name']}, 'code': {'type': 'string', 'examples': ['required']},
                       'zh': {'type': 'string'}, 'en': {'type': 'string'}}},
    'Action': {
        'type': 'object', 'required': ['event', 'zh', 'en', 'reason'], 'additionalProperties': True,
        'properties': {
            'event': {'type': 'string', 'examples': ['submit']}, 'zh': {'type': 'string'}, 'en': {'type': 'string'},
            'reason': {'type': 'string', 'enum': ['none', 'optional', 'required']}, 'tone': {'type': ['string', 'null']},
            'confirm_zh': {'type': ['string', 'null']}, 'confirm_en': {'type': ['string', 'null']}, 'complete': {'type': 'boolean'},
            'form': {'type': 'array', 'items': {'type': 'object', 'additionalProperties': True}}}},
    'Count': {
        'type': 'object', 'required': ['number'], 'additionalProperties': False, 'description': 'How many rows there are that the caller may see',
        'properties': {'number': {'type': 'integer'}, 'sum': {'type': 'integer'}, 'by': {'type': 'object', 'additionalProperties': {
            'type': 'object', 'required': ['number'], 'additionalProperties': False,
            'properties': {'number': {'type': 'integer'}, 'sum': {'type': 'integer'}}}}}},
    'Event': {
        'type': 'object', 'required': ['event'], 'description': 'An event of the record\'s lifecycle, with its reason and further input where it asks for them',
        'properties': {'event': {'type': 'string', 'maxLength': 32, 'examples': ['submit']}, 'reason': {'type': 'string', 'maxLength': 1000}},
        'additionalProperties': True},
    'History': {
        'type': 'object', 'required': ['items'], 'additionalProperties': False,
        'properties': {'items': {'type': 'array', 'items': {'$ref': '#/components/schemas/HistoryEntry'}}}},
    'HistoryEntry': {
        'type': 'object', 'required': ['seq', 'kind', 'at'], 'additionalProperties': False,
        'properties': {'seq': {'type': 'integer'}, 'kind': {'type': 'string', 'examples': ['product.created']}, 'event': {'type': 'string'},
                       'at': {'type': 'string', 'format': 'date-time'}, 'actor': {'type': ['string', 'null']}, 'role': {'type': ['string', 'null']},
                       'from': {'type': ['string', 'null']}, 'to': {'type': ['string', 'null']}, 'text': {'type': 'string'},
                       'reason': {'type': ['string', 'null']},
                       'changes': {'type': ['object', 'null'], 'additionalProperties': True}}},
}

PARAMETERS = {
    'Cursor': {'name': 'cursor', 'in': 'query', 'description': '`next` of the page before', 'schema': {'type': 'string', 'maxLength': 400}},
    'Limit': {'name': 'limit', 'in': 'query', 'schema': {'type': 'integer', 'minimum': 1, 'maximum': 200, 'default': 50}},
    'Counts': {'name': 'counts', 'in': 'query', 'description': 'Adds how many there are in each phase under the other filters', 'schema': {'type': 'boolean'}},
    'Lang': {'name': 'lang', 'in': 'query', 'description': 'Of the file; else as Accept-Language says', 'schema': {'type': 'string', 'enum': ['zh', 'en']}},
    'Columns': {'name': 'columns', 'in': 'query', 'description': 'Which columns, in this order, comma-separated; names that the file lacks are passed over',
                'schema': {'type': 'string', 'maxLength': 2000}},
    'Total': {'name': 'total', 'in': 'query', 'description': 'Adds how many there are under the filters, up to 10,000; `total_more`: there are more',
              'schema': {'type': 'boolean'}},
    'Offset': {'name': 'offset', 'in': 'query', 'description': 'Rows to pass over, instead of a cursor: to jump to a page. `next` goes on from there',
               'schema': {'type': 'integer', 'minimum': 0, 'maximum': 10000, 'default': 0}},
    'IfMatch': {'name': 'If-Match', 'in': 'header', 'required': True, 'description': 'The ETag that was read', 'schema': {'type': 'string'},
                'example': '"3"'},
    'IdempotencyKey': {'name': 'Idempotency-Key', 'in': 'header', 'description': 'Makes the write safe to repeat; kept for 24 hours',
                       'schema': {'type': 'string', 'minLength': 8, 'maxLength': 80, 'pattern': '^[A-Za-z0-9_.:-]+$'}},
    'After': {'name': 'Qilian-After', 'in': 'header', 'description': 'A Qilian-Position that must be visible first',
              'schema': {'type': 'string', 'pattern': '^[0-9]+/[0-9]+/[0-9]+$'}},
}
HEADERS = {
    'ETag': {'description': 'The record\'s version', 'schema': {'type': 'string'}},
    'Position': {'description': 'Where this write stands in the platform\'s log', 'schema': {'type': 'string'}},
    'Location': {'description': 'Address of what was made', 'schema': {'type': 'string'}},
}


def list_parameters(record):
    out = [{'$ref': f'#/components/parameters/{name}'} for name in ('Cursor', 'Limit', 'Offset', 'Total')]
    if record.phases:
        out.append({'$ref': '#/components/parameters/Counts'})
    return out + [sort_parameter(record)] + filter_parameters(record)


def sort_parameter(record):
    sorts = [name for sort in record.sorts for name in (sort[0], '-' + sort[0])]
    return {'name': 'sort', 'in': 'query', 'schema': {'type': 'string', 'enum': sorts, 'default': record.default_sort}}


def seen_parameters(record):
    limit = {'name': 'limit', 'in': 'query', 'schema': {'type': 'integer', 'minimum': 1, 'maximum': 100, 'default': 20}}
    return [{'$ref': '#/components/parameters/Cursor'}, limit, sort_parameter(record.public.offer)] + filter_parameters(record.public.offer)


def filter_parameters(record):
    out = []
    for name, kind, field, _ in record.filters:
        schema, words = {'type': 'string'}, ''
        if kind == 'PHASE':
            words = 'One or more, comma-separated: ' + ', '.join(code for code, _, _ in record.phases)
        elif kind == 'HOME':
            schema, words = {'type': 'string', 'enum': ['own', 'copies']}, 'Originals of this platform, or copies from others'
        elif kind == 'SEARCH':
            schema, words = {'type': 'string', 'maxLength': 100}, 'Text that occurs in it'
        elif field is not None and kind == 'EQUAL':
            words = f'{field.en}; several comma-separated'
        elif kind.startswith('IMPLIED'):
            words = 'Day, or time in UTC'
        elif field is not None:
            words = f'{field.en} {"from" if kind == "FROM" else "to"}'
        out.append({'name': name, 'in': 'query', 'description': words or name, 'schema': schema})
    return out


def query_parameters(shape):
    out = []
    for field in shape.fields:
        schema = base(field, False)
        parameter = {'name': field.name, 'in': 'query', 'description': f'{field.en} {field.zh}', 'schema': schema}
        if field.required:
            parameter['required'] = True
        if field.type == 'list':
            parameter['explode'] = False
        out.append(parameter)
    return out


def path_parameters(path):
    out = []
    for piece in path.split('/'):
        if piece.startswith('{'):
            name = piece.strip('{}').replace('...', '')
            schema = {'type': 'string', 'format': 'uuid'} if name == 'id' else {'type': 'string'}
            out.append({'name': name, 'in': 'path', 'required': True, 'schema': schema})
    return out


def success(checker, e):
    if e.success in (204, 302, 303):
        return {'description': 'Done' if e.success == 204 else 'Go there'}
    out = {'description': e.en}
    headers = {}
    if e.verb == 'public_get' or e.verb in ('get', 'create', 'update', 'fire') and 'VERSION' in e.record.has:
        headers['ETag'] = {'$ref': '#/components/headers/ETag'}
    if e.transaction:
        headers['Qilian-Position'] = {'$ref': '#/components/headers/Position'}
    if e.verb == 'create':
        headers['Location'] = {'$ref': '#/components/headers/Location'}
    if headers:
        out['headers'] = headers
    name = camel(e.record.name)
    schema = None
    if e.verb == 'list':
        schema = {'$ref': f'#/components/schemas/{name}List'}
    elif e.verb == 'count':
        schema = {'$ref': '#/components/schemas/Count'}
    elif e.verb in ('public_list', 'public_get'):
        schema = {'$ref': f'#/components/schemas/{name}{"SeenList" if e.verb == "public_list" else "Seen"}'}
    elif e.verb in ('get', 'create', 'update', 'fire'):
        schema = {'$ref': f'#/components/schemas/{name}'}
    elif e.verb == 'history':
        schema = {'$ref': '#/components/schemas/History'}
    elif e.output:
        schema = {'$ref': f'#/components/schemas/{output_name(checker, e.output)}'}
        if e.output_list:
            schema = {'type': 'object', 'required': ['items'], 'properties': {
                'items': {'type': 'array', 'items': schema}, 'next': {'type': ['string', 'null']}}, 'additionalProperties': True}
    if e.produces:
        out['content'] = {e.produces: {'schema': {'type': 'string'} if e.produces.startswith('text/') else {'type': 'string', 'format': 'binary'}}}
    else:
        out['content'] = {'application/json': {'schema': schema if schema is not None else {}}}
    return out


def output_name(checker, shape):
    if checker.shapes[shape].row:
        return camel(shape)
    return camel(shape) + ('Output' if shape in checker.both else '')


def failures(checker, e):
    codes = {400, 403, 404}
    if not e.roles & checker.bits['public']:
        codes.add(401)
    if e.method != 'GET':
        codes |= {409, 422}
    if e.verb == 'operation':
        codes.add(409)  # a handler that reads may say that there is nothing to read in this state
    if e.query or e.verb in ('list', 'export', 'batch', 'public_list', 'count'):
        codes.add(422)
    if e.if_match:
        codes |= {412, 428}
    if e.lane != 'common':
        codes.add(503)  # its lane, or the caller's share of it, is full
    return {str(code): PROBLEM for code in sorted(codes)}


def role_names(checker, bits):
    return [role['name'] for role in checker.role_document['roles'] if bits & checker.bits[role['name']]]


def operation(checker, e):
    names = role_names(checker, e.roles)
    out = {'operationId': e.name, 'tags': [e.record.name], 'summary': f'{e.en} {e.zh}',
           'description': (e.description + '\n\n' if e.description else '') + 'Roles: ' + ', '.join(names) + '.', 'x-roles': names}
    if e.roles & checker.bits['public']:
        out['security'] = [{}, {'session': []}, {'key': []}] if len(names) > 1 else []
    parameters = path_parameters(e.path)
    if e.verb == 'list':
        parameters += list_parameters(e.record)
    elif e.verb == 'public_list':
        parameters += seen_parameters(e.record)
    elif e.verb == 'count':
        parameters += [{'name': field.name, 'in': 'query', 'description': f'{field.en} {field.zh}: of this alone', 'schema': {'type': 'string'}}
                       for field in e.counter.per]
    elif e.verb in ('export', 'batch'):
        parameters += filter_parameters(e.record)
    elif e.query:
        parameters += query_parameters(checker.shapes[e.query])
    if exports.is_list(e):
        parameters.append({'$ref': '#/components/parameters/Columns'})
    if exports.is_download(e):
        parameters.append({'$ref': '#/components/parameters/Lang'})
    if e.method == 'GET':
        parameters.append({'$ref': '#/components/parameters/After'})
    if e.if_match:
        parameters.append({'$ref': '#/components/parameters/IfMatch'})
    if e.idempotent:
        parameters.append({'$ref': '#/components/parameters/IdempotencyKey'})
    if parameters:
        out['parameters'] = parameters
    body = request_schema(checker, e)
    if body:
        out['requestBody'] = body
    out['responses'] = {str(e.success): success(checker, e), **failures(checker, e), '5XX': PROBLEM}
    return out


def request_schema(checker, e):
    name = camel(e.record.name)
    if e.file:
        return {'required': True, 'content': {'*/*': {'schema': {'type': 'string', 'contentMediaType': 'application/octet-stream'}}}}
    reference = {'create': f'{name}New', 'update': f'{name}Change', 'fire': 'Event'}.get(e.verb) or (camel(e.input) if e.input else None)
    if not reference:
        return None
    return {'required': True, 'content': {'application/json': {'schema': {'$ref': f'#/components/schemas/{reference}'}}}}


def schemas(checker):
    out = dict(COMMON)
    inputs, outputs = used_shapes(checker)
    checker.both = inputs & outputs
    for name in sorted(inputs):
        out[camel(name)] = shape_schema(checker.shapes[name], False)
    for name in sorted(outputs):
        out[output_name(checker, name)] = shape_schema(checker.shapes[name], True)
    row_outputs = {e.output for e in checker.endpoints if e.output and checker.shapes[e.output].row}
    for record in checker.records:
        if not record.table:
            continue
        name = camel(record.name)
        if {'get', 'create', 'update', 'fire'} & set(record.verbs) or record.name in row_outputs:
            out[name] = record_schema(checker, record, False)
        if 'list' in record.verbs:
            out[name + 'Item'] = record_schema(checker, record, True)
            page = {'items': {'type': 'array', 'items': {'$ref': f'#/components/schemas/{name}Item'}}, 'next': {'type': ['string', 'null']}}
            page.update({'total': {'type': 'integer'}, 'total_more': {'type': 'boolean'}})
            if record.phases:
                page['counts'] = {'type': 'object', 'additionalProperties': {'type': 'integer'}}
            out[name + 'List'] = {'type': 'object', 'required': ['items', 'next'], 'properties': page, 'additionalProperties': False}
        if record.public:
            out[name + 'Seen'], item = seen_schema(record, False), seen_schema(record, True)
            out[name + 'SeenList'] = {'type': 'object', 'required': ['items', 'next'], 'additionalProperties': False, 'properties': {
                'items': {'type': 'array', 'items': item}, 'next': {'type': ['string', 'null']}}}
        if 'create' in record.verbs:
            out[name + 'New'] = input_schema(record, False)
        if 'update' in record.verbs:
            out[name + 'Change'] = input_schema(record, True)
    return out


def references(node, found):
    if isinstance(node, dict):
        if isinstance(node.get('$ref'), str):
            found.add(node['$ref'])
        for value in node.values():
            references(value, found)
    elif isinstance(node, list):
        for value in node:
            references(value, found)


def prune(document):
    """Leaves out components that nothing refers to."""
    while True:
        found = set()
        references({'paths': document['paths'], 'components': document['components']}, found)
        gone = [(kind, name) for kind in ('schemas', 'parameters', 'headers', 'responses') for name in document['components'][kind]
                if f'#/components/{kind}/{name}' not in found]
        if not gone:
            return
        for kind, name in gone:
            del document['components'][kind][name]


def document(checker):
    paths = {}
    components = {
        'securitySchemes': {
            'session': {'type': 'apiKey', 'in': 'cookie', 'name': 'qilian_session', 'description': 'Set by signing in'},
            'key': {'type': 'http', 'scheme': 'bearer', 'description': 'An API key'}},
        'schemas': schemas(checker), 'parameters': dict(PARAMETERS), 'headers': dict(HEADERS),
        'responses': {'Problem': {
            'description': 'A problem (RFC 9457)',
            'content': {'application/problem+json': {'schema': {'$ref': '#/components/schemas/Problem'}, 'example': {
                'type': '/problems/invalid', 'title': '有内容填写不正确，请按各项提示修改后再提交。', 'status': 422, 'code': 'invalid',
                'detail': '有内容填写不正确，请按各项提示修改后再提交。', 'zh': '有内容填写不正确，请按各项提示修改后再提交。',
                'en': 'Some of the input is not valid; correct the fields named and send it again.',
                'errors': [{'pointer': '/name', 'code': 'required', 'zh': '必填', 'en': 'is required'}]}}}}}}
    for e in checker.endpoints:
        path = e.path.replace('...}', '}')
        paths.setdefault(path, {})[e.method.lower()] = operation(checker, e)
    tags = [{'name': r.name, 'description': f'{r.en} {r.zh}' + (f'. {r.description}' if r.description else '')}
            for r in checker.records if any(e.record is r for e in checker.endpoints)]
    out = {'openapi': '3.1.0',
           'info': {'title': 'qilian 企联', 'version': '1', 'description': DESCRIPTION, 'x-description-zh': DESCRIPTION_ZH,
                    'license': {'name': 'Apache-2.0', 'identifier': 'Apache-2.0'}},
           'servers': [{'url': '/', 'description': 'The platform that the host name picks'}],
           'security': [{'session': []}, {'key': []}], 'tags': tags, 'paths': dict(sorted(paths.items())), 'components': components}
    prune(out)
    return out
