"""The mathematics of the index: pure functions on arrays and frames.

Belongs here: everything that turns indicator values into scores, doubt and explanation, and is not SQL.
Does not belong here: files of a build, Dagster, dbt, the catalogue, or anything that knows one council.
The published score is made by dbt; `ward.py` does the same sums so that a test can compare the two.
"""
