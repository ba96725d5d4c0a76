-- Homes of the gazetteer that lie in areas of high or medium risk of flooding, each counted once.
with
    typed as (
        select {{ typed_columns("ea_rofrs") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ea_rofrs") }}
    ),
    areas as (
        select
            _edition,
            _reference_year as reference_year,
            st_transform(
                st_geomfromgeojson(geometry), 'OGC:CRS84', 'EPSG:27700', always_xy := true
            ) as polygon,
            _file,
            _sheet,
            _row
        from typed
        where risk_band in ('High', 'Medium') and geometry like '%Polygon%'
    ),
    boxes as (
        select
            areas.*,
            st_xmin(polygon) as west,
            st_xmax(polygon) as east,
            st_ymin(polygon) as south,
            st_ymax(polygon) as north
        from areas
    ),
    homes as ({{ gazetteer_homes("typed") }}),
    at_risk as (
        select
            boxes._edition,
            boxes.reference_year,
            homes.uprn as place,
            'homes_at_risk' as measure,
            boxes._file,
            boxes._sheet,
            boxes._row
        from boxes
        inner join
            homes
            on homes._edition = boxes._edition
            and homes.easting between boxes.west and boxes.east
            and homes.northing between boxes.south and boxes.north
        where st_contains(boxes.polygon, st_point(homes.easting, homes.northing))
    )
    {{ case_counts("at_risk", units="count(distinct place)") }}
