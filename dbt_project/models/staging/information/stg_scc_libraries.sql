-- Distinct people who used any library service in the year, by home postcode.
with
    typed as (
        select {{ typed_columns("scc_libraries") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "scc_libraries") }}
    ),
    people as (
        -- Computer users and most e-lending users are among the borrowers.
        select
            typed.*,
            active_borrowers + digital_only as users,
            active_borrowers_low + digital_only_low as users_low,
            active_borrowers_high + digital_only_high as users_high,
            case
                when active_borrowers_status = 'observed'
                then digital_only_status
                else active_borrowers_status
            end as users_status
        from typed
    )
    {{ measure_rows("people", {"active_users": "users"}, place="postcode") }}
