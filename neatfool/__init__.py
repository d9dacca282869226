"""neatfool: what garbage does this network believe in?"""

from neatfool.version import __version__ as __version__
