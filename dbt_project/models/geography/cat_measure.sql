-- The catalogue's measures.
{{ catalogue_measures() }}
