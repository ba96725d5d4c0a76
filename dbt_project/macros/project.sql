{#- What belongs here: how this project runs dbt. What does not: index or geography rules. -#}
{#- Schemas are called as they are configured, without a target prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}


{#- Load the spatial extension from the file that came with the Python environment; nothing is fetched. -#}
{% macro load_spatial() -%}
    {%- set file = env_var("SPI_SPATIAL", "") -%}
    {%- if file -%} load '{{ file }}'
    {%- else -%} select 1 as nothing_to_load
    {%- endif -%}
{%- endmacro %}


{#- A text as a SQL literal. -#}
{% macro text_literal(text) -%} '{{ text | replace("\u0027", "\u0027\u0027") }}' {%- endmacro %}
