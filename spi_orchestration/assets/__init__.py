"""The steps of a run as Dagster assets, and the plain functions behind them.

Belongs here: putting intake, readers, checks, dbt and release together. Does not belong here: what any
of them does. Modules named after a step (`delivery`, `builds`, `annual`) need no Dagster to be imported.
"""
