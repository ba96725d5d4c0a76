-- Residents of the district by ethnic group: control figures for the LSOA table.
with
    typed as (
        select {{ typed_columns("ons_census21_ethnic_group_ltla") }}, _edition
        from {{ source("raw", "ons_census21_ethnic_group_ltla") }}
    )
select
    _edition as edition,
    lad_code,
    lad_name,
    cast(category_code as integer) as category_code,
    category,
    cast(residents as bigint) as residents
from typed
