"""neatfool: what garbage does this network believe in?

The public names are listed in ``__init__.pyi``; each is loaded when it is first used.
"""

import lazy_loader

from neatfool.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
