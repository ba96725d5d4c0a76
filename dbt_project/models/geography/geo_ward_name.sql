-- Each folded spelling by which a ward is known in each edition: a name means the ward that has it in the
-- edition of the delivery, else the latest earlier ward that had it.
with
    editions as (
        select distinct edition
        from {{ ref("cat_delivery") }}
        union
        select {{ var("edition") }} as edition
    ),
    spellings as (
        select folded_name, ward_code, first_edition, last_edition
        from {{ ref("geo_ward_vintage") }}
        union
        select
            {{ fold_name("ward_alias.alias") }} as folded_name,
            ward.ward_code,
            ward.first_edition,
            ward.last_edition
        from {{ ref("ward_alias") }} as ward_alias
        inner join {{ ref("geo_ward_vintage") }} as ward using (ward_code)
    ),
    known as (
        select
            editions.edition,
            spellings.folded_name,
            spellings.ward_code,
            least(spellings.last_edition, editions.edition) as known_in
        from editions
        inner join spellings on spellings.first_edition <= editions.edition
    ),
    latest as (
        select edition, folded_name, ward_code
        from known
        qualify known_in = max(known_in) over (partition by edition, folded_name)
    )
select edition, folded_name, min(ward_code) as ward_code
from latest
group by edition, folded_name
having count(distinct ward_code) = 1
