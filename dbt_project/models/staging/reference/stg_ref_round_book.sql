-- The homes on each collection round; rounds that ended keep theirs.
with
    typed as (
        select {{ typed_columns("ref_round_book") }}, _edition from {{ source("raw", "ref_round_book") }}
    )
select _edition as edition, upper(round_code) as round_code, uprn, valid_from, valid_to
from typed
