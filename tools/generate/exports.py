"""What files for people need to know of a declaration (core/record/export.h): which record an id names, and the .xlsx beside every .csv.

An id leads to the record that `refers` or `parent` says, to "<record>_id", or to an account where it ends with "_by". Where its name stands beside it
(taken by the reference, "<record>_name", or `name` of a record that follows an institution), and where `names: none` says so, files leave it out.

codes    of a text: words of the codes that it holds, comma-separated; what follows a colon names a platform"""
import copy

TITLES = ('title', 'name', 'user_name', 'number')
PDF, CSV, XLSX = 'application/pdf', 'text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'


def stem(name):
    return name[:-3] if name.endswith(('_id', '_by')) else name


def has_name_beside(checker, record, field):
    for refer in record.refers:
        if refer.field is field and any(taken in TITLES for taken in taken_names(refer)):
            return True
    if checker.field_of(record, stem(field.name) + '_name'):
        return True
    name = checker.field_of(record, 'name')
    return field.name == 'institution_id' and bool(name and name.follows == 'institution.name')


def taken_names(refer):
    return [name for _, _, name in refer.takes]


def target(checker, record, field):
    records = {other.name: other for other in checker.records if other.table}
    for refer in record.refers:
        if refer.field is field:
            return refer.to
    if record.parent and record.parent_key is field:
        return record.parent
    if field.name.endswith('_by'):
        return records.get('account')
    return records.get(stem(field.name)) if field.name.endswith('_id') else None


def finish(checker):
    for record in checker.records:
        for field in record.fields:
            if field.names is not None and (field.type != 'id' or field.names != 'none'):
                checker.fault(field.place, 'names is for ids, and is none')
            wanted = field.type == 'id' and field.names is None and not has_name_beside(checker, record, field)
            field.names = target(checker, record, field) if wanted else None


def twin(endpoint):
    """The same list as .xlsx, by the same handler."""
    other = copy.copy(endpoint)
    other.name, other.path, other.produces = endpoint.name + '_xlsx', endpoint.path[:-len('.csv')] + '.xlsx', XLSX
    other.zh, other.en = endpoint.zh + '（Excel）', endpoint.en + ' (Excel)'
    return other


def is_download(endpoint):
    return endpoint.method == 'GET' and endpoint.produces in (CSV, XLSX, PDF)


def is_list(endpoint):
    return endpoint.method == 'GET' and endpoint.produces in (CSV, XLSX)
