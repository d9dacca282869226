"""Studies: many runs, made once each, and what they say together.

The names are listed in ``__init__.pyi``; each is loaded when it is first used, so that what is
asked for is checked before anything that computes is imported.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
