"""Whom nobody may judge: a record's `recuse`.

recuse: {institution: institution_id, entry_case: id, guard: case_not_recused}

Each member but `guard` names what somebody may have to do with (an institution that they belong to, an account that is theirs, another record)
and the field that holds its id (`id`: the row itself); what that means is the server's to say (call_services.recused). Whoever has to do
with one neither fires an event of the row as the desk nor sees it in their to-do. With `guard` only those transitions ask that name it, since
policies did before the engine could: without it every event of a desk does.
"""

ALWAYS = {'institution', 'account'}


def check(checker, record):
    record.recusals, record.recusal_guard = [], None
    document = record.document
    said = checker.want(document, 'recuse', dict)
    if said is None:
        return
    if not record.lifecycle:
        checker.fault(document.at('recuse'), 'nothing is decided of a record without a lifecycle')
    for of in said:
        if of == 'guard':
            record.recusal_guard = checker.name(said, 'guard', 'guard')
            continue
        field = checker.field_of(record, said[of])
        if of not in ALWAYS and not any(other.name == of for other in checker.records):
            checker.fault(said.at(of), f'"{of}" is no record, and neither institution nor account')
        if said[of] != 'id' and (not field or field.type != 'id' or not field.column):
            checker.fault(said.at(of), f'"{said[of]}" is no field of type id')
        record.recusals.append((of, field))
    if not record.recusals:
        checker.fault(document.at('recuse'), 'say of what: institution, account, or a record, and by which field')
    if record.recusal_guard in record.guards:
        checker.fault(said.at('guard'), f'guard "{record.recusal_guard}" is declared twice')


def emit(record, parts, out, quote, place_of):
    if not record.recusals:
        return
    out.append(f'static const struct record_recusal recusals_{record.name}[] = {{')
    for of, field in record.recusals:
        by = f'&fields_{record.name}[{place_of(record, field.name)}]' if field else 'NULL'
        out.append(f'\t{{{quote(of)}, {by}}},')
    out.append('};')
    parts.append(f'.recusals = recusals_{record.name}, .recusal_count = {len(record.recusals)}')
    if record.recusal_guard:
        parts.append(f'.recusal_guard = {quote(record.recusal_guard)}')
