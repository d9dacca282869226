"""The server of `neatfool breed`: pages of pictures, whose parents a person chooses."""

from neatfool.web.app import create_app as create_app
from neatfool.web.settings import ServerSettings as ServerSettings
