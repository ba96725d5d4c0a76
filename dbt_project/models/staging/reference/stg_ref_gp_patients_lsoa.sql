-- Patients of each practice by the LSOA they live in.
with
    typed as (
        select {{ typed_columns("ref_gp_patients_lsoa") }}, _edition
        from {{ source("raw", "ref_gp_patients_lsoa") }}
    )
select _edition as edition, practice_code, lsoa_code, cast(patients as integer) as patients
from typed
where sex = 'ALL'
