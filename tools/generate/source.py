"""Declarations as they were written: YAML with the line of every member, and faults that name file and line."""
import yaml


class Fault(Exception):
    pass


class Faults:
    """All that is wrong with the declarations, to be shown at once."""

    def __init__(self):
        self.found = []

    def add(self, place, text):
        path, line = place
        self.found.append((str(path), line, text))

    def report(self):
        return [f'{path}:{line}: {text}' for path, line, text in sorted(set(self.found))]


class Map(dict):
    """A mapping that knows where it and its members are: .place, .at(key)."""

    def __init__(self, path, line):
        super().__init__()
        self.path, self.line, self.lines = path, line, {}

    @property
    def place(self):
        return (self.path, self.line)

    def at(self, key):
        return (self.path, self.lines.get(key, self.line))


class Seq(list):
    def __init__(self, path, line):
        super().__init__()
        self.path, self.line, self.lines = path, line, []

    @property
    def place(self):
        return (self.path, self.line)

    def at(self, i):
        return (self.path, self.lines[i])


class Loader(yaml.SafeLoader):
    """Without YAML 1.1's surprises: `no`, `on` and 12:30 are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag in ('tag:yaml.org,2002:int', 'tag:yaml.org,2002:null', 'tag:yaml.org,2002:merge')]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
for word in ('true', 'false'):
    Loader.add_implicit_resolver('tag:yaml.org,2002:bool', __import__('re').compile('^(true|false)$'), word[0])


def convert(loader, node, path, faults):
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        out = Map(path, line)
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node)
            if key in out:
                faults.add((path, key_node.start_mark.line + 1), f'"{key}" is given twice')
            out[key] = convert(loader, value_node, path, faults)
            out.lines[key] = key_node.start_mark.line + 1
        return out
    if isinstance(node, yaml.SequenceNode):
        out = Seq(path, line)
        for item in node.value:
            out.append(convert(loader, item, path, faults))
            out.lines.append(item.start_mark.line + 1)
        return out
    return loader.construct_object(node)


def read(path, faults):
    """The document as Map, Seq and scalars; None when it is not YAML or no mapping."""
    with open(path, encoding='utf-8') as file:
        loader = Loader(file.read())
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        faults.add((path, mark.line + 1 if mark else 1), str(getattr(error, 'problem', None) or error))
        return None
    finally:
        loader.dispose()
    if not isinstance(node, yaml.MappingNode):
        faults.add((path, 1), 'is not a mapping')
        return None
    return convert(loader, node, path, faults)
