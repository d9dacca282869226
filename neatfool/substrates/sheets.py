"""Sheets: the groups of nodes that a substrate is made of, and where their nodes stand."""
