-- Every ward that the district has or had up to the build's edition, with the editions it is in force.
select
    ward_code,
    ward_name,
    {{ fold_name("ward_name") }} as folded_name,
    cast(first_edition as integer) as first_edition,
    cast(coalesce(last_edition, 9999) as integer) as last_edition,
    first_edition <= {{ var("edition") }} and coalesce(last_edition, 9999) >= {{ var("edition") }} as in_force
from {{ ref("wards") }}
where {{ of_district("district_code") }} and first_edition <= {{ var("edition") }}
