CREATE OR REPLACE FUNCTION public.crewship_make_journal_partition(p_months_ahead integer, OUT partition text, OUT outcome text)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => p_months_ahead);
  starts_at timestamptz := month AT TIME ZONE 'UTC';
  ends_at timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
  IF p_months_ahead NOT BETWEEN 0 AND 12 THEN
    RAISE EXCEPTION 'a partition is made at most 12 months ahead' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  partition := 'journal_entries_' || to_char(month, 'YYYY_MM');
  -- Two makers wait for each other.
  PERFORM pg_advisory_xact_lock(7263004);
  IF to_regclass('public.' || partition) IS NOT NULL THEN
    outcome := 'present';
    RETURN;
  END IF;
  outcome := 'blocked';
  IF EXISTS (SELECT 1 FROM journal_entries_default WHERE ts >= starts_at AND ts < ends_at) THEN
    RETURN;
  END IF;
  -- Attaching a table leaves readers and writers of the other partitions alone; CREATE TABLE … PARTITION OF would lock
  -- the whole journal.
  EXECUTE format('CREATE TABLE public.%I (LIKE journal_entries INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
  EXECUTE format('ALTER TABLE journal_entries ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
    partition, starts_at, ends_at);
  outcome := 'made';
EXCEPTION
  -- An entry of that month arrived between the look and the attaching, or somebody held the tables.
  WHEN check_violation OR lock_not_available OR query_canceled THEN
    outcome := 'blocked';
END
$function$;
