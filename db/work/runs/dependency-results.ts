import { type Fragment, sql } from '../../kernel/sql.ts';

/** What a task leaves behind in words is cut here (docs/contracts/missions.md, Task results). */
export const RESULT_MAX_CHARACTERS = 8_000;
/** All that an attempt is told of the tasks that its own depends on, shared evenly: one input stays one input. */
const DEPENDENCIES_MAX_CHARACTERS = 262_144;

/**
 * What the tasks that `t` depends on have left, in their order: result, handoff and confidence. Four of them fit whole,
 * whatever they hold; of hundreds each gets its share, and says what was cut.
 */
export const dependencyResults: Fragment = sql.fragment`coalesce((
  SELECT jsonb_agg(jsonb_build_object('task_id', d.id, 'title', d.title,
    'result_summary', left(d.result_summary, least(${RESULT_MAX_CHARACTERS}, d.share)),
    'result_truncated', char_length(coalesce(d.result_summary, '')) > d.share,
    'handoff', CASE WHEN d.handoff_length <= d.share THEN d.handoff_context END,
    'handoff_truncated', coalesce(d.handoff_length > d.share, false),
    'confidence', d.confidence) ORDER BY d.task_order, d.created_at, d.id)
  FROM (
    SELECT done.*, char_length(done.handoff_context::text) AS handoff_length,
      ${DEPENDENCIES_MAX_CHARACTERS} / (count(*) OVER ())::integer AS share
    FROM task_dependencies e JOIN tasks done ON done.id = e.depends_on_task_id WHERE e.task_id = t.id
  ) d
), '[]')`;
