"""How a breeder's server is set up, and how much it lets one visitor have."""

from pydantic import Field

from neatfool.classifiers import ClassifierSettings
from neatfool.settings import FullPath, Settings

SIZE = 128
"""Side of the pictures on a page."""
PICTURES = 15
"""Pictures on a page."""


class ServerSettings(Settings):
    """How a breeder's server is set up."""

    data: FullPath
    """SQLite file with all sessions and saved pictures; made if there is none."""
    runs: FullPath | None = None
    """Folder of run folders whose elites can be bred from; none: there are none."""
    ratings: FullPath | None = None
    """Folder of pictures that are to be named by people; none: there are none."""
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    """Names that requests may call the server by, beside addresses."""
    token: str | None = Field(default=None, min_length=16, pattern="^[A-Za-z0-9._~-]+$")
    """What a browser must show before it is let in, in letters that addresses may hold; none:
    nothing."""
    seed: int | None = Field(default=None, ge=0, lt=1 << 63)
    """Of the first page of every session; none: each draws its own."""
    model: ClassifierSettings | None = None
    """A network that can name pictures, beside those of the package."""
    most_sessions: int = Field(default=10_000, ge=1)
    """Sessions in all; the oldest without saved pictures make room for new ones."""
    most_pages: int = Field(default=2_000, ge=1)
    """Pages of one session."""
    most_saved: int = Field(default=1_000, ge=1)
    """Saved pictures of one session."""
    most_nodes: int = Field(default=200, ge=8)
    """Pictures of so many nodes have no children that are larger."""
    most_edges: int = Field(default=1_000, ge=8)
    """Likewise, of so many edges."""
    largest_nodes: int = Field(default=500, ge=8)
    """Nodes of the largest picture that can be brought along."""
    largest_edges: int = Field(default=2_500, ge=8)
    """Likewise, edges."""
