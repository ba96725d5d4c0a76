"""Doubt, ranks, change and explanation, from the index engine: one row a statement, taken apart by SQL.

Belongs here: calling `spi_orchestration.index.statements`. Does not belong here: any arithmetic.
"""


def model(dbt, session):
    """Return the statements about every edition of the build, as JSON rows."""
    dbt.config(materialized="table")
    edition = int(dbt.config.get("edition"))
    profile = dbt.config.get("profile")
    tables = {
        "ind_indicator": dbt.ref("ind_indicator").df(),
        "ind_edition": dbt.ref("ind_edition").df(),
        "ctl_ward_year": dbt.ref("ctl_ward_year").df(),
        "geo_area_ward": dbt.ref("geo_area_ward").df(),
        "component": dbt.ref("component").df(),
        "dimension": dbt.ref("dimension").df(),
        "method": dbt.ref("method").df(),
    }
    tables["method"] = tables["method"][tables["method"]["profile"] == profile]

    from spi_orchestration.index.statements import statement_rows

    return statement_rows(tables, edition)
