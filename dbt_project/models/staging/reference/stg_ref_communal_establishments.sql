-- Residents of communal establishments of each output area, and the prisoners among them.
with
    typed as (
        select
            {{ typed_columns("ref_communal_establishments") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ref_communal_establishments") }}
    )
    {{
        measure_rows(
            "typed",
            {"communal_residents": "residents", "prison_residents": "prisoners"},
            place="oa_code",
        )
    }}
