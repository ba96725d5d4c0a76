-- Share of each LSOA (2021) in each ward: weights of its blocks; the best-fit ward where it has no block.
with
    weighted as (
        select lsoa_code, basis, ward_code, sum(weight order by block) as weight
        from {{ ref("geo_block") }}
        group by lsoa_code, basis, ward_code
    ),
    shares as (
        select
            lsoa_code,
            ward_code,
            basis,
            weight / nullif(
                sum(weight) over (
                    partition by lsoa_code
                    order by ward_code
                    rows between unbounded preceding and unbounded following
                ),
                0
            ) as share
        from weighted
    ),
    best_fit as (
        select lookup.lsoa_code, place.ward_code, 'best fit' as basis, cast(1 as double) as share
        from {{ latest_edition(ref("stg_ref_lsoa21_ward")) }} as lookup
        inner join {{ ref("geo_ward_place") }} as place on place.code = lookup.ward_code
        where lookup.lsoa_code not in (select lsoa_code from weighted)
    )
select lsoa_code, ward_code, basis, share
from shares
union all
select lsoa_code, ward_code, basis, share
from best_fit
