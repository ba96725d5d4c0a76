"""Drafts and releases: marts written out, signed, and published as immutable folders.

Belongs here: what turns the marts of a finished warehouse into files, their manifest, sign-off, release
ids and the pointer to the current release, and reading a release back. Does not belong here: computing a
published number (dbt models), deciding what a build may use (`checks`), or anything that knows the
catalogue. This room imports the settings and nothing else of the package.
"""
