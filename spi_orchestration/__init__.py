"""The annual ward-level Social Progress Index: orchestration, index engine, release.

Belongs here: nothing but this description; importing the package costs nothing.
"""
