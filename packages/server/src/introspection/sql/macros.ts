/** Functions that other SQL engines of this ecosystem have and DuckDB lacks, in terms of its own. */
export const MACROS: readonly string[] = [
  `CREATE TEMP MACRO date_bin(span, moment) AS
      time_bucket(span, moment::TIMESTAMPTZ, TIMESTAMPTZ '1970-01-01 00:00:00+00'),
    (span, moment, origin) AS time_bucket(span, moment::TIMESTAMPTZ, origin::TIMESTAMPTZ)`,
  "CREATE TEMP MACRO to_unixtime(moment) AS floor(epoch(moment::TIMESTAMPTZ))::BIGINT",
  "CREATE TEMP MACRO to_timestamp_millis(ms) AS make_timestamp_ms(ms::BIGINT)::TIMESTAMPTZ",
  "CREATE TEMP MACRO regexp_like(value, pattern) AS regexp_matches(value, pattern)",
  "CREATE TEMP MACRO nvl(value, instead) AS coalesce(value, instead)",
  "CREATE TEMP MACRO approx_distinct(value) AS approx_count_distinct(value)",
  "CREATE TEMP MACRO to_char(moment, format) AS strftime(moment, format)",
  "CREATE TEMP MACRO arrow_typeof(value) AS typeof(value)",
];
