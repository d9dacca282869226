"""The version of neatfool, read by the build and written into every run folder; its source."""

import json
from pathlib import Path
from urllib.parse import urlsplit

__version__ = "0.1.0"


def installing(extra: str) -> str:
    """Write the command that installs an extra in the way in which neatfool was installed.

    From an index by its name; from a folder, a repository or a file by that (PEP 610).

    Args:
        extra: Its name, such as onnx.
    """
    from importlib import metadata
    from urllib.request import url2pathname  # which takes long to import

    try:
        said = metadata.distribution("neatfool").read_text("direct_url.json")
    except metadata.PackageNotFoundError:  # a checkout that was not installed
        return f"pip install -e '{Path(__file__).parents[1]}[{extra}]'"
    source = json.loads(said or "{}")
    url, folder, vcs = (source.get(key) for key in ("url", "dir_info", "vcs_info"))
    if folder is not None:
        switch = "-e " if folder.get("editable") else ""
        return f"pip install {switch}'{url2pathname(urlsplit(url).path)}[{extra}]'"
    if vcs is not None:
        url = f"{vcs['vcs']}+{url}@{vcs.get('requested_revision', vcs['commit_id'])}"
    return f"pip install 'neatfool[{extra}]{f' @ {url}' if url else ''}'"
