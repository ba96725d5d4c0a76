{#- What belongs here: rules that several geography models share. -#}
{#- A name folded for comparison: case, ampersands, apostrophes, full stops, white space, "Saint". -#}
{% macro fold_name(column) -%}
    regexp_replace(
        trim(
            regexp_replace(
                regexp_replace(
                    regexp_replace(replace(lower({{ column }}), '&', ' and '), '[''’`´.]', '', 'g'),
                    '[^a-z0-9]+',
                    ' ',
                    'g'
                ),
                ' +',
                ' ',
                'g'
            )
        ),
        '^saint ',
        'st '
    )
{%- endmacro %}


{#- Whether a GSS code is that of the district, now or before it got a new one. -#}
{% macro of_district(column) -%}
    {{ column }} in ('{{ (var("districts") or [var("district")]) | join("', '") }}')
{%- endmacro %}


{#- Wards that are today's wards under another code, or the same: those that only one ward became. -#}
{% macro ward_heirs() -%}
    (
        select old_code, ward_code
        from {{ ref("geo_ward_lineage") }}
        where is_whole
        qualify count(*) over (partition by ward_code) = 1 or old_code = ward_code
    )
{%- endmacro %}


{#- The code of today of an area of an earlier release, joined with its heir. -#}
{% macro area_today(area, heir) -%}
    case when {{ of_district(area) }} then '{{ var("district") }}' else coalesce({{ heir }}, {{ area }}) end
{%- endmacro %}


{#- Rows of the latest delivered edition only. -#}
{% macro latest_edition(relation) -%}
    (select * from {{ relation }} qualify edition = max(edition) over ())
{%- endmacro %}


{#- Place of a square kilometre of the National Grid: its south-west corner in kilometres. -#}
{% macro grid_square(easting, northing) -%}
    'km:'
    || cast(cast(floor({{ easting }} / 1000) as integer) as varchar)
    || ','
    || cast(cast(floor({{ northing }} / 1000) as integer) as varchar)
{%- endmacro %}


{#- Number of a letter of a grid reference, A = 0 to Z = 24 without I. -#}
{% macro grid_letter(reference, position) -%}
    (strpos('ABCDEFGHJKLMNOPQRSTUVWXYZ', substr({{ reference }}, {{ position }}, 1)) - 1)
{%- endmacro %}


{#- Easting in metres of a National Grid reference such as SK1234508765, of six to ten figures. Its two letters
    are squares of 500 and of 100 km, counted from the west and from the north. -#}
{% macro grid_easting(reference) -%}
    {%- set figures = "regexp_replace(" ~ reference ~ ", '[^0-9]', '', 'g')" -%}
    (
        ({{ grid_letter(reference, 1) }} + 3) % 5 * 500000
        + {{ grid_letter(reference, 2) }} % 5 * 100000
        + cast(rpad(left({{ figures }}, cast(length({{ figures }}) / 2 as integer)), 5, '0') as integer)
    )
{%- endmacro %}


{#- Northing in metres of a National Grid reference. -#}
{% macro grid_northing(reference) -%}
    {%- set figures = "regexp_replace(" ~ reference ~ ", '[^0-9]', '', 'g')" -%}
    (
        (19 - cast(floor({{ grid_letter(reference, 1) }} / 5) as integer) * 5) * 100000
        - cast(floor({{ grid_letter(reference, 2) }} / 5) as integer) * 100000
        + cast(rpad(right({{ figures }}, cast(length({{ figures }}) / 2 as integer)), 5, '0') as integer)
    )
{%- endmacro %}
