-- The editions of the series in this build, the newest last.
select
    series.edition,
    series.edition = {{ var("edition") }} as is_current,
    '{{ var("profile") }}' as profile,
    method.method_version,
    method.coverage_threshold,
    method.minimum_indicators,
    (select coalesce(bool_and(synthetic), false) from {{ ref("cat_delivery") }}) as synthetic
from (select distinct edition from {{ ref("ind_edition") }}) as series
inner join {{ ref("method") }} as method on method.profile = '{{ var("profile") }}'
