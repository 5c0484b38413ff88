CREATE OR REPLACE FUNCTION public.crewship_is_quarantined(p_subject_type text, p_subject_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT EXISTS (
    SELECT FROM review_items i JOIN approvals a ON a.workspace_id = i.workspace_id AND a.id = i.approval_id
    WHERE i.subject_type = p_subject_type AND i.subject_id = p_subject_id AND i.quarantined_at IS NOT NULL
      AND a.status IN ('pending', 'denied'))
$function$;
