-- Homes of the gazetteer within a kilometre of an overflow that spilled ten times a year or more, by the mean
-- of the last returns, three at most.
with
    typed as (
        select {{ typed_columns("ea_edm_storm_overflows") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ea_edm_storm_overflows") }}
    ),
    outlets as (
        select
            typed.*,
            {{ grid_easting("grid_reference") }} as easting,
            {{ grid_northing("grid_reference") }} as northing
        from typed
        where grid_reference is not null
    ),
    delivered as (select distinct _edition, _reference_year from typed),
    frequent as (
        select
            delivered._edition,
            delivered._reference_year as reference_year,
            outlets.easting,
            outlets.northing,
            max(outlets._file) as _file,
            max(outlets._sheet) as _sheet,
            arg_max(outlets._row, (outlets._edition, outlets._file, outlets._row)) as _row
        from delivered
        inner join
            outlets
            on outlets._reference_year between delivered._reference_year - 2 and delivered._reference_year
        group by delivered._edition, delivered._reference_year, outlets.easting, outlets.northing
        having
            sum(outlets.spills order by outlets._edition, outlets._file, outlets._row)
            >= 10 * count(distinct case when outlets.spills is not null then outlets._reference_year end)
            and count(outlets.spills) > 0
    ),
    homes as ({{ gazetteer_homes("typed") }}),
    near as (
        select
            frequent._edition,
            frequent.reference_year,
            homes.uprn as place,
            'homes_near_spills' as measure,
            frequent._file,
            frequent._sheet,
            frequent._row
        from frequent
        inner join
            homes
            on homes._edition = frequent._edition
            and homes.easting between frequent.easting - 1000 and frequent.easting + 1000
            and homes.northing between frequent.northing - 1000 and frequent.northing + 1000
        where
            (homes.easting - frequent.easting) * (homes.easting - frequent.easting)
            + (homes.northing - frequent.northing) * (homes.northing - frequent.northing)
            <= 1000 * 1000
    )
    {{ case_counts("near", units="count(distinct place)") }}
