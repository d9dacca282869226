"""Data sets: fetch them, read them."""

from neatfool.data.cache import cache_folder as cache_folder
from neatfool.data.cache import cached as cached
from neatfool.data.cache import read_cached as read_cached
from neatfool.data.idx import read_idx as read_idx
from neatfool.data.labelled import find_labelled as find_labelled
from neatfool.data.mnist import download_mnist as download_mnist
from neatfool.data.mnist import load_mnist as load_mnist
from neatfool.data.pictures import load_pictures as load_pictures
from neatfool.data.pictures import read_picture as read_picture
