-- The three dimensions.
select dimension, name, position, cast(weight as double) as weight from {{ ref("dimension") }}
