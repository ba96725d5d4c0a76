-- Infants whose feeding is known and those breastfed, where at least 95 % of the infants due are known.
with
    typed as (
        select {{ typed_columns("scc_infant_feeding") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_infant_feeding") }}
    ),
    added as (select *, {{ summed_columns("breastfed", ["totally", "partially"]) }} from typed),
    observations as (
        {{
            measure_rows(
                "added",
                {"status_known": "status_known", "breastfed": "breastfed"},
                year="financial_year",
            )
        }}
    ),
    judged as (
        select observations.*, coalesce(added.status_known >= 0.95 * added.infants_due, false) as is_valid
        from observations
        inner join
            added
            on added._edition = observations.edition
            and added._file = observations._file
            and added._row = observations._row
    )
select
    edition,
    reference_year,
    place,
    measure,
    case when is_valid then amount end as amount,
    case when is_valid then amount_low end as amount_low,
    case when is_valid then amount_high end as amount_high,
    case when is_valid then status else 'missing' end as status,
    source_rows,
    _file,
    _sheet,
    _row
from judged
