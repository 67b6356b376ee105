"""Keep secrets secret on their way into an object, and say so when one lands where Azure shows it."""

from collections.abc import Iterator

from ecluse.configure.override import Override
from ecluse.configure.tokens import has_token
from ecluse.errors import Code, Notice
from ecluse.jsontree import Json, Missing, Path, Secret, get, rebuild, walk
from ecluse.model.kinds import Kind
from ecluse.model.secrets import is_secret, taint


def tainted(value: Json, path: Path, tree: Json, old: Json) -> Json:
    """`value` as it is to stand at `path` of `tree`: a text is a `Secret` where it replaces one or belongs to one."""
    if isinstance(old, Secret) or (isinstance(old, Missing) and old.secure):
        return rebuild(value, lambda _, leaf: Secret(leaf) if isinstance(leaf, str) else leaf)
    return taint(value, path, get(tree, path[:-1]))


def warnings(row: Override, kind: Kind | None, tree: Json, path: Path) -> Iterator[Notice]:
    """What to say about secrets at and below `path` of the changed `tree`."""
    leaves = [(path + below, leaf) for below, leaf in walk(get(tree, path)) if isinstance(leaf, Secret) and leaf]
    subject = f"{row.subject}: path {row.place}"
    if has_token(row.value):
        if any(not _hidden(kind, tree, at, leaf) for at, leaf in leaves):
            said = f"{subject}: a secret goes where Azure shows it to every reader of the factory"
            yield Notice(Code.CONFIG_VALUE, said, row.origin)
    elif any(is_secret(at, str(leaf), get(tree, at[:-1])) for at, leaf in leaves):
        said = f"{subject}: a secret stands in this file in clear; a token such as $Env:NAME keeps it out"
        yield Notice(Code.CONFIG_VALUE, said, row.origin)


def _hidden(kind: Kind | None, tree: Json, path: Path, leaf: Secret) -> bool:
    """Whether Azure hides the secret that stands there (Data Factory REST: `SecureString` values answer as `*`)."""
    parent = get(tree, path[:-1])
    if isinstance(parent, dict) and str(parent.get("type", "")).casefold() == "securestring":
        return True
    return kind is not None and kind.hides_secrets and is_secret(path, str(leaf), parent)
