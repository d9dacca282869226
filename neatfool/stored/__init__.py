"""What is kept on disk in a form of its own."""

from neatfool.stored.arrays import load_arrays as load_arrays
from neatfool.stored.arrays import save_arrays as save_arrays
