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
        "ind_area_value": dbt.ref("ind_area_value").df(),
        "ctl_ward_year": dbt.ref("ctl_ward_year").df(),
        "geo_area_ward": dbt.ref("geo_area_ward").df(),
        "component": dbt.ref("component").df(),
        "dimension": dbt.ref("dimension").df(),
        "method": dbt.ref("method").df(),
        "idx_previous_release": dbt.ref("idx_previous_release").df(),
        "idx_previous_node": dbt.ref("idx_previous_node").df(),
        "idx_previous_area": dbt.ref("idx_previous_area").df(),
        "idx_baseline": dbt.ref("idx_baseline").df(),
        "idx_baseline_score": dbt.ref("idx_baseline_score").df(),
        "idx_target": dbt.ref("idx_target").df(),
        "idx_population": dbt.ref("idx_population").df(),
        "idx_comparator": dbt.ref("idx_comparator").df(),
        "idx_peer": dbt.ref("idx_peer").df(),
    }
    tables["method"] = tables["method"][tables["method"]["profile"] == profile]

    from spi_orchestration.index.statements import statement_rows

    return statement_rows(tables, edition)
