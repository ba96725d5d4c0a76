"""Verbs of the command line, a module a group.

Belongs here: options, what is printed and exit codes of one group of verbs, as a Typer application that
`cli.py` adds. Does not belong here: any work; each verb imports what it needs when it is called.
"""
