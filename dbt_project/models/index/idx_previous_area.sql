-- What the release before published: values of indicators and scores of all levels.
select area_code, code, level, value, score from {{ source("build", "_previous_area") }}
