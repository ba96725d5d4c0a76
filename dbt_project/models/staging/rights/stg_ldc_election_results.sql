-- Figures of each ward at ordinary elections. By-elections are another type of poll and stay out.
with
    typed as (
        select {{ typed_columns("ldc_election_results") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_election_results") }}
    ),
    wards as (
        -- Votes and electorate repeat on every candidate row.
        select
            _edition,
            year(election_date) as election_year,
            ward_code,
            max(votes_cast) as votes_cast,
            max(electorate) as electorate,
            cast(count(*) as double) as candidates,
            cast(count(*) filter (where elected = 'Elected') as double) as seats,
            count(*) as source_rows,
            min(_file) as _file,
            min(_sheet) as _sheet,
            arg_min(_row, (_file, _row)) as _row
        from typed
        where election_type not ilike '%by%election%'
        group by _edition, year(election_date), ward_code
    ),
    measures as (
        -- Where nobody could vote there is no turnout: null, never zero.
        select *, 'votes_cast' as measure, votes_cast as amount, votes_cast is null as uncontested
        from wards
        union all
        select
            *,
            'electorate' as measure,
            case when votes_cast is not null then electorate end,
            votes_cast is null
        from wards
        union all
        select *, 'candidates' as measure, candidates, false
        from wards
        union all
        select *, 'seats' as measure, seats, false
        from wards
    )
select
    _edition as edition,
    cast(election_year as integer) as reference_year,
    ward_code as place,
    measure,
    amount,
    amount as amount_low,
    amount as amount_high,
    case
        when uncontested then 'not_applicable' when amount is null then 'missing' else 'observed'
    end as status,
    source_rows,
    _file,
    _sheet,
    _row
from measures
