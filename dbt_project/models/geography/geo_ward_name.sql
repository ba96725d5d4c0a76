-- Each folded spelling by which a ward of the edition is known.
with
    spellings as (
        select folded_name, ward_code
        from {{ ref("geo_ward") }}
        union
        select {{ fold_name("alias") }} as folded_name, ward_alias.ward_code
        from {{ ref("ward_alias") }} as ward_alias
        inner join {{ ref("geo_ward") }} as ward using (ward_code)
    )
select folded_name, min(ward_code) as ward_code
from spellings
group by folded_name
having count(distinct ward_code) = 1
