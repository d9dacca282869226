"""`python -m neatfool.cli` is `neatfool`."""

from neatfool.cli import main

main()
