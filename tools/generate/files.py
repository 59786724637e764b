"""What files a record takes, from whom and when.

files:
  requirement: {roles: [buyer], phases: [draft, waiting], kinds: [document, image], most: 10, megabytes: 10, zh: 需求材料, en: Requirements}

Whoever reads the record reads its files; roles (and sides) say who adds and removes them, phases when (absent: always), kinds what they are, most how
many of them a row has, megabytes how large one is (absent: 10). public: true: visitors who see the row see them as well.
"""
import children
import sides

KEYS = {'roles', 'phases', 'kinds', 'most', 'megabytes', 'public', 'zh', 'en'}
KINDS = ('image', 'document', 'paper', 'archive')  # core/record/record.h; paper: PDF and OFD alone


class Files:
    def __init__(self, purpose, **more):
        self.purpose = purpose
        self.__dict__.update(more)


def read(checker, record, document):
    said = checker.want(document, 'files', dict) or {}
    for purpose in said:
        item = said[purpose]
        if not isinstance(item, dict) or not checker.name(Named(said, purpose), 'name', 'purpose'):
            checker.fault(said.at(purpose), 'files are {purpose: {roles: […], phases, kinds, most, megabytes}}')
            continue
        checker.known(item, KEYS, 'files')
        who = sides.who(checker, record, item, 'roles', (0, 0))
        if who == (0, 0):
            checker.fault(said.at(purpose), f'say the roles that add files of {purpose}')
        sides.check(checker, record, who, said.at(purpose))
        phases = children.phase_bits(checker, record, item, 'phases') if 'phases' in item else 0
        kinds = 0
        for i, kind in enumerate(checker.want(item, 'kinds', list) or ['document', 'image']):
            if kind in KINDS:
                kinds |= 1 << KINDS.index(kind)
            else:
                checker.fault(item['kinds'].at(i), f'there is no kind "{kind}"; there are {", ".join(KINDS)}')
        most, megabytes = checker.want(item, 'most', int, 0), checker.want(item, 'megabytes', int, 10)
        if not 0 <= most <= 60 or not 1 <= megabytes <= 10:
            checker.fault(said.at(purpose), 'most is up to 60 files, megabytes up to 10')
        zh, en = checker.title(item, ('附件', 'Files'))
        record.takes_files.append(Files(purpose, who=who, phases=phases, kinds=kinds, most=most, megabytes=megabytes, public=checker.want(item, 'public', bool, False), zh=zh, en=en))


class Named(dict):
    """A purpose as something with a name, for the check of names."""

    def __init__(self, said, purpose):
        super().__init__(name=purpose)
        self.at = lambda key: said.at(purpose)


def finish(checker):
    """What a field holds that people write is uploaded to the record itself or to the institution."""
    for record in checker.records:
        known = {files.purpose for other in checker.records if other in (record, record.parent) or other.name == 'institution'
                 for files in other.takes_files}
        for field in record.fields:
            if field.files and field.write and field.files not in known:
                checker.fault(field.place, f'"{field.name}" holds files for "{field.files}": say in `files` who uploads them')
