-- The share of each place in each ward, one implementation a method. `level_weight` is the population by
-- which a rate or score of the place is averaged into the ward; null where places of the method have none.
with
    place as (select method, place, snap_metres from {{ ref("geo_place") }}),
    -- Codes of wards of any edition that can be given to a ward of today.
    ward as (select code, ward_code from {{ ref("geo_ward_place") }}),
    direct_ward as (
        select place.method, place.place, place.snap_metres, ward.ward_code, 1 as share, null as level_weight
        from place
        inner join ward on ward.code = place.place
        where place.method = 'direct_ward'
    ),
    -- A name became the code of the ward that had it in the edition of the delivery.
    ward_name as (
        select place.method, place.place, place.snap_metres, ward.ward_code, 1 as share, null as level_weight
        from place
        inner join ward on ward.code = place.place
        where place.method = 'ward_name'
    ),
    oa21_best_fit as (
        select
            place.method,
            place.place,
            place.snap_metres,
            ward.ward_code,
            1 as share,
            oa.population as level_weight
        from place
        inner join {{ latest_edition(ref("stg_ref_oa21_ward")) }} as oa on oa.oa_code = place.place
        inner join ward on ward.code = oa.ward_code
        where place.method = 'oa21_best_fit'
    ),
    lsoa21_pop_weighted as (
        select
            place.method,
            place.place,
            place.snap_metres,
            lsoa.ward_code,
            lsoa.share,
            lsoa.share * population.population as level_weight
        from place
        inner join {{ ref("geo_lsoa21_ward") }} as lsoa on lsoa.lsoa_code = place.place
        left join {{ ref("geo_lsoa21_population") }} as population on population.lsoa_code = place.place
        where place.method = 'lsoa21_pop_weighted'
    ),
    lsoa11_parts as (
        select
            parts.lsoa11_code,
            lsoa.ward_code,
            sum(parts.part_population * lsoa.share order by parts.lsoa21_code) as ward_population
        from {{ ref("geo_lsoa11_lsoa21") }} as parts
        inner join {{ ref("geo_lsoa21_ward") }} as lsoa on lsoa.lsoa_code = parts.lsoa21_code
        group by parts.lsoa11_code, lsoa.ward_code
    ),
    lsoa11_total as (
        select lsoa11_code, sum(part_population order by lsoa21_code) as population
        from {{ ref("geo_lsoa11_lsoa21") }}
        group by lsoa11_code
    ),
    lsoa11_to_lsoa21 as (
        select
            place.method,
            place.place,
            place.snap_metres,
            parts.ward_code,
            parts.ward_population / nullif(total.population, 0) as share,
            parts.ward_population as level_weight
        from place
        inner join lsoa11_parts as parts on parts.lsoa11_code = place.place
        inner join lsoa11_total as total on total.lsoa11_code = place.place
        where place.method = 'lsoa11_to_lsoa21'
    ),
    postcode_lookup as (
        select
            place.method, place.place, place.snap_metres, postcode.ward_code, 1 as share, null as level_weight
        from place
        inner join {{ ref("geo_postcode") }} as postcode on postcode.postcode = place.place
        where
            place.method in ('postcode_lookup', 'survey_weighted_postcode') and postcode.ward_code is not null
    ),
    uprn_lookup as (
        select place.method, place.place, place.snap_metres, ward.ward_code, 1 as share, null as level_weight
        from place
        inner join {{ latest_edition(ref("stg_ref_llpg")) }} as llpg on llpg.uprn = place.place
        inner join ward on ward.code = llpg.ward_code
        where place.method = 'uprn_lookup'
        union all
        select place.method, place.place, place.snap_metres, point.ward_code, 1 as share, null as level_weight
        from place
        inner join {{ ref("geo_point_ward") }} as point using (place, snap_metres)
        where place.method = 'uprn_lookup'
        union all
        -- A customer without a property number can be known by the postcode alone.
        select
            place.method, place.place, place.snap_metres, postcode.ward_code, 1 as share, null as level_weight
        from place
        inner join {{ ref("geo_postcode") }} as postcode on postcode.postcode = place.place
        where place.method = 'uprn_lookup' and postcode.ward_code is not null
    ),
    -- The newest list that knows a polling district says where it lies.
    polling_districts as (
        select polling_district, ward_code
        from {{ ref("stg_ref_pd_ward") }}
        qualify edition = max(edition) over (partition by polling_district)
    ),
    polling_district_sum as (
        select place.method, place.place, place.snap_metres, ward.ward_code, 1 as share, null as level_weight
        from place
        inner join polling_districts as pd on pd.polling_district = place.place
        inner join ward on ward.code = pd.ward_code
        where place.method = 'polling_district_sum'
    ),
    round_homes as (
        -- Homes of a round that the gazetteer does not know lie in another district and keep their share.
        select book.round_code, ward.ward_code, count(*) as homes
        from {{ latest_edition(ref("stg_ref_round_book")) }} as book
        left join {{ latest_edition(ref("stg_ref_llpg")) }} as llpg using (uprn)
        left join ward on ward.code = llpg.ward_code
        group by book.round_code, ward.ward_code
    ),
    round_apportionment as (
        select
            place.method,
            place.place,
            place.snap_metres,
            round_homes.ward_code,
            round_homes.homes / nullif(
                (select sum(every.homes) from round_homes as every where every.round_code = place.place), 0
            ) as share,
            null as level_weight
        from place
        inner join round_homes on round_homes.round_code = place.place
        where place.method = 'round_apportionment' and round_homes.ward_code is not null
    ),
    points_in_ward as (
        select place.method, place.place, place.snap_metres, point.ward_code, 1 as share, null as level_weight
        from place
        inner join {{ ref("geo_point_ward") }} as point using (place, snap_metres)
        where place.method = 'points_in_ward'
    ),
    -- Homes of each square kilometre by ward; a square without a home of the district reaches no ward.
    square_homes as (
        select {{ grid_square("llpg.easting", "llpg.northing") }} as square, ward.ward_code, count(*) as homes
        from {{ latest_edition(ref("stg_ref_llpg")) }} as llpg
        inner join ward on ward.code = llpg.ward_code
        where llpg.is_home
        group by square, ward.ward_code
    ),
    homes as (
        select 'grid_dwelling_weighted' as method, square as place, ward_code, homes
        from square_homes
        union all
        select 'msoa21_dwelling_weighted' as method, msoa_code as place, ward_code, homes
        from {{ ref("geo_msoa21_homes") }}
    ),
    dwelling_weighted as (
        select
            place.method,
            place.place,
            place.snap_metres,
            homes.ward_code,
            homes.homes
            / sum(homes.homes) over (partition by place.method, place.place, place.snap_metres) as share,
            homes.homes as level_weight
        from place
        inner join homes on homes.method = place.method and homes.place = place.place
    ),
    practice_patients as (
        select practice_code, lsoa_code, patients from {{ latest_edition(ref("stg_ref_gp_patients_lsoa")) }}
    ),
    practice_list as (
        select practice_code, sum(patients) as patients from practice_patients group by practice_code
    ),
    -- A code that is none of 2021 is one of 2011.
    lsoa_either as (
        select lsoa_code, ward_code, share
        from {{ ref("geo_lsoa21_ward") }}
        union all
        select
            parts.lsoa11_code as lsoa_code,
            parts.ward_code,
            parts.ward_population / nullif(total.population, 0) as share
        from lsoa11_parts as parts
        inner join lsoa11_total as total using (lsoa11_code)
        where parts.lsoa11_code not in (select lsoa_code from {{ ref("geo_lsoa21_ward") }})
    ),
    practice_ward as (
        select
            patients.practice_code,
            lsoa.ward_code,
            sum(patients.patients * lsoa.share order by patients.lsoa_code) as patients
        from practice_patients as patients
        inner join lsoa_either as lsoa using (lsoa_code)
        group by patients.practice_code, lsoa.ward_code
    ),
    gp_practice_patient_weighted as (
        select
            place.method,
            place.place,
            place.snap_metres,
            ward.ward_code,
            ward.patients / nullif(list.patients, 0) as share,
            ward.patients as level_weight
        from place
        inner join practice_ward as ward on ward.practice_code = place.place
        inner join practice_list as list on list.practice_code = place.place
        where place.method = 'gp_practice_patient_weighted'
    ),
    -- Kept of purged cases: the part of an LSOA in a ward. Where that ward is gone, the LSOA says where
    -- its residents live now.
    retained_cell as (
        select
            method,
            place,
            snap_metres,
            split_part(split_part(place, ':', 2), ',', 1) as lsoa_code,
            split_part(place, ',', 2) as ward_code
        from place
        where place like 'cell:%' and split_part(place, ',', 2) <> ''
    ),
    retained as (
        select cell.method, cell.place, cell.snap_metres, ward.ward_code, 1 as share, null as level_weight
        from retained_cell as cell
        inner join {{ ref("geo_ward") }} as ward using (ward_code)
        union all
        select cell.method, cell.place, cell.snap_metres, lsoa.ward_code, lsoa.share, null as level_weight
        from retained_cell as cell
        inner join {{ ref("geo_lsoa21_ward") }} as lsoa using (lsoa_code)
        where cell.ward_code not in (select ward_code from {{ ref("geo_ward") }})
    )
{% for method in [
        "direct_ward",
        "ward_name",
        "oa21_best_fit",
        "lsoa21_pop_weighted",
        "lsoa11_to_lsoa21",
        "postcode_lookup",
        "uprn_lookup",
        "polling_district_sum",
        "round_apportionment",
        "points_in_ward",
        "dwelling_weighted",
        "gp_practice_patient_weighted",
        "retained",
    ] %}
    select
        method,
        place,
        snap_metres,
        ward_code,
        cast(share as double) as share,
        cast(level_weight as double) as level_weight
    from {{ method }}
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
