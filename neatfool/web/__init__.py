"""The server of `neatfool breed`: pages of pictures, whose parents a person chooses."""

from neatfool.web.app import create_app as create_app
from neatfool.web.serving import data_file as data_file
from neatfool.web.serving import serve as serve
from neatfool.web.serving import server_settings as server_settings
from neatfool.web.settings import ServerSettings as ServerSettings
