CREATE OR REPLACE FUNCTION public.crewship_journal_leaf(e journal_entries, p_position bigint, p_personal bytea)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('v', 1, 'position', p_position, 'id', e.id, 'workspace_id', e.workspace_id,
    'ts', to_char(e.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'entry_type', e.entry_type,
    'severity', e.severity, 'crew_id', e.crew_id, 'agent_id', e.agent_id, 'mission_id', e.mission_id,
    'project_id', e.project_id, 'task_id', e.task_id, 'actor_type', e.actor_type, 'target_type', e.target_type,
    'target_id', e.target_id, 'auth_method', e.auth_method, 'request_id', e.request_id, 'trace_id', e.trace_id,
    'span_id', e.span_id, 'content', encode(sha256(convert_to(crewship_journal_content(e), 'UTF8')), 'hex'),
    'personal', encode(p_personal, 'hex'))::text
$function$;
