-- Residents of each LSOA (2021): the Census age table, else the output areas of the LSOA.
with
    census as (
        select place as lsoa_code, max(amount) as population
        from {{ latest_edition(ref("stg_ons_census21_age")) }}
        where measure = 'residents'
        group by place
    ),
    output_areas as (
        select lsoa_code, sum(population order by oa_code) as population
        from {{ latest_edition(ref("stg_ref_oa21_ward")) }}
        group by lsoa_code
    )
select
    coalesce(census.lsoa_code, output_areas.lsoa_code) as lsoa_code,
    coalesce(census.population, output_areas.population) as population
from census
full outer join output_areas using (lsoa_code)
