"""Networks that turn images into confidences: load them, train them.

The names are listed in ``__init__.pyi``; each is loaded when it is first used, so that names of
models and classes are checked before PyTorch is imported.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
