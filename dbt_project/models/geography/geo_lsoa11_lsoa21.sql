-- Which LSOAs of 2021 each LSOA of 2011 became, exactly, and the residents of each part. From the exact-fit
-- lookup where it was delivered, else from the boundaries.
with
    lookup as (
        select lsoa11_code, lsoa21_code
        from {{ latest_edition(ref("stg_ref_lsoa11_lsoa21")) }}
        where change_indicator is not null
    ),
    by_boundary as (
        select old.lsoa_code as lsoa11_code, new.lsoa_code as lsoa21_code
        from {{ ref("geo_lsoa21_polygon") }} as new
        inner join
            {{ ref("geo_lsoa11_polygon") }} as old
            on st_contains(old.polygon, st_pointonsurface(new.polygon))
            or st_contains(new.polygon, st_pointonsurface(old.polygon))
    ),
    pairs as (
        select lsoa11_code, lsoa21_code, 'exact lookup' as basis
        from lookup
        union all
        select lsoa11_code, lsoa21_code, 'boundaries' as basis
        from by_boundary
        where lsoa11_code not in (select lsoa11_code from lookup)
    )
select
    pairs.lsoa11_code,
    pairs.lsoa21_code,
    pairs.basis,
    population.population / nullif(count(*) over (partition by pairs.lsoa21_code), 0) as part_population
from pairs
inner join {{ ref("geo_lsoa21_population") }} as population on population.lsoa_code = pairs.lsoa21_code
