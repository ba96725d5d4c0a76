"""Tables to bytes, one module a file family, the same bytes for the same table.

Belongs here: formats. Does not belong here: what a supplier puts into them (`datasets/`).
"""
