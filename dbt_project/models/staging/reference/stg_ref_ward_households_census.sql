-- Households renting privately at the Census, by output area.
with
    typed as (
        select
            {{ typed_columns("ref_ward_households_census") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ref_ward_households_census") }}
    ),
    tenures as (
        select typed.*, {{ summed_columns("private_rented", ["private_landlord", "private_other"]) }}
        from typed
    )
    {{ measure_rows("tenures", {"private_rented": "private_rented"}, place="oa_code") }}
