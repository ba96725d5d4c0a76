"""What a supplier is sent: blank files in the agreed layout, and all that is to be known about them.

Belongs here: making template files from layouts, and putting a supplier's pack together. Does not belong here:
reading what comes back (`readers`), or checking it (`checks`).
"""
