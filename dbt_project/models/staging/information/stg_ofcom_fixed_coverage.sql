-- Premises of each output area, those that can get gigabit and those that cannot get decent broadband.
with
    typed as (
        select {{ typed_columns("ofcom_fixed_coverage") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ofcom_fixed_coverage") }}
    )
    {{
        measure_rows(
            "typed",
            {"premises": "premises", "gigabit_premises": "gigabit", "no_decent_premises": "no_decent"},
            place="oa_code",
        )
    }}
