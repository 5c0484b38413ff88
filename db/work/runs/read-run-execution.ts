import type { AgentFields } from '../../../domain/crews/agents/agent.ts';
import type { DeliveredSkills } from '../../../domain/crews/skills/delivered-skill.ts';
import type { PromptStandard } from '../../../domain/crews/standards/prompt-standard.ts';
import { PIPELINE_POLICY, type PipelinePolicy, runTimeoutMs } from '../../../domain/work/pipeline/pipeline-policy.ts';
import type { LateAnswer } from '../../../domain/people/escalations/answer-delivery.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';
import { readTurnInput, type TurnInput } from '../../conversations/chats/read-turn-input.ts';
import { dependencyResults } from './dependency-results.ts';
import { runTimeLeftMs } from './run-clock.ts';
import type { RunRow } from './run-row.ts';
import { answersOthers } from './turn-authors.ts';
import { hasLateAnswers } from '../../people/escalations/late-answers.ts';

/** What an attempt needs to run, read by its host. */
export interface RunExecution {
  readonly run: RunRow;
  /** Until the attempt's deadline, by the database's clock; its whole time when it has not started. */
  readonly timeLeftMs: number;
  readonly containerId: string | null;
  readonly containerStatus: string;
  /** Of the container that runs; null: not known. */
  readonly memoryMb: number | null;
  /** The crew's, as it is now: it says what agents find in their environment. */
  readonly devcontainerConfig: string | null;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agent: {
    readonly id: string;
    readonly slug: string;
    readonly name: string;
    readonly cliAdapter: AgentFields['cli_adapter'];
    readonly llmProvider: AgentFields['llm_provider'];
    readonly llmModel: string | null;
    readonly memoryEnabled: boolean;
    readonly command: readonly string[] | null;
    readonly systemPrompt: string | null;
  };
  readonly mission: { readonly id: string; readonly title: string; readonly description: string | null } | null;
  readonly task: {
    readonly id: string;
    readonly title: string;
    readonly description: string | null;
    readonly iteration: number;
    /** What a reviewer of the last result asks to be changed. */
    readonly rework: string | null;
  } | null;
  /** What all prompts of the agent say, as it is now. */
  readonly standard: RunStandard | null;
  /** What is done for it, as it is now; null: nothing was said. */
  readonly policy: PipelinePolicy | null;
  /** A member of the workspace; null: it works for nobody who is known. */
  readonly actsFor: string | null;
  /** What was gathered of what is known about its work, fenced; null: nothing. */
  readonly knowledge: string | null;
  /** Versions of what else configures it, as they are now, by kind. */
  readonly configVersions: Readonly<Record<string, number>>;
  /** What the agent has been taught, once it is read for its start; null: nothing. */
  readonly skills: DeliveredSkills | null;
  /** What another agent gave this one to do, or asks of it. */
  readonly request: {
    readonly id: string;
    readonly kind: 'assignment' | 'query';
    readonly content: string;
    readonly from: { readonly id: string; readonly slug: string; readonly name: string } | null;
  } | null;
  /** The message that it answers, and what was said before it; null for what is no turn of a chat. */
  readonly chat: TurnInput | null;
  /** The results of the tasks this one depends on. */
  readonly dependencies: readonly {
    readonly task_id: string;
    readonly title: string;
    readonly result_summary: string | null;
    /** The result was longer than its share of the input. */
    readonly result_truncated: boolean;
    readonly handoff: unknown;
    /** The handoff is left out: longer than its share of the input. */
    readonly handoff_truncated: boolean;
    readonly confidence: number | null;
  }[];
  /** What a run that plans its mission goes by; null for any other. */
  readonly planning: PlanningContext | null;
  /** Whether an answer that came late is to go into the input: {@link claimInputAnswers}. */
  readonly hasLateAnswers: boolean;
  /** What an attempt before this one, which was lost or restarted, asked and nobody has answered yet. */
  readonly openQuestions: readonly OpenQuestion[];
  /** Those answers, once they are claimed. */
  readonly lateAnswers: readonly LateAnswer[];
}

export interface RunStandard extends Pick<PromptStandard, 'content' | 'rules'> {
  /** The agent's, or `default`. */
  readonly key: string;
  readonly version: number;
}

/** Which configuration a run is started with, by its kind. */
export type RunConfig = Readonly<Record<string, { readonly key: string; readonly version: number }>>;

/** As the run's row names it, from its start on. */
export function runConfigOf({
  standard,
  skills,
  configVersions,
}: Pick<RunExecution, 'standard' | 'skills' | 'configVersions'>): RunConfig {
  const taught = (skills?.skills ?? []).map(
    ({ id, slug, version }) => [`skill:${slug}`, { key: id, version }] as const,
  );
  const others = Object.entries(configVersions).map(([kind, version]) => [kind, { key: '', version }] as const);
  return {
    ...(standard === null ? {} : { 'prompt-standard': { key: standard.key, version: standard.version } }),
    ...Object.fromEntries([...others, ...taught]),
  };
}

/** Kinds of the workspace's configuration that an attempt names by their versions. */
const NAMED_KINDS = ['tool-config', PIPELINE_POLICY];

export interface OpenQuestion {
  readonly escalation_id: string;
  readonly question: string;
}

export interface PlanningContext {
  /** What people have written down as the mission's plan. */
  readonly plan: string | null;
  /** Whom tasks may be assigned to: the crew's live agents. */
  readonly agents: readonly {
    readonly id: string;
    readonly slug: string;
    readonly name: string;
    readonly role: string;
    readonly role_title: string | null;
    readonly description: string | null;
  }[];
  /** Why the first plan was refused; empty the first time. */
  readonly problems: readonly string[];
}

/** Most that an attempt is told of. */
const MAX_OPEN_QUESTIONS = 20;

const openQuestions = sql.fragment`
  (SELECT coalesce(jsonb_agg(jsonb_build_object('escalation_id', o.id, 'question', left(o.reason, 2000))
      ORDER BY o.created_at, o.id), '[]')
    FROM (SELECT id, reason, created_at FROM escalations WHERE run_id = r.id AND status = 'PENDING'
      AND r.predecessor_id IS NOT NULL ORDER BY created_at, id ${sql.limit(MAX_OPEN_QUESTIONS)}) o)`;

interface ExecutionRow extends RunRow {
  readonly time_left_ms: number;
  readonly container_now: string | null;
  readonly container_status: string;
  readonly memory_mb: number | null;
  readonly devcontainer_config: string | null;
  readonly agent_slug: string;
  readonly agent_name: string;
  readonly cli_adapter: AgentFields['cli_adapter'];
  readonly llm_provider: AgentFields['llm_provider'];
  readonly llm_model: string | null;
  readonly memory_enabled: boolean;
  readonly command: string[] | null;
  readonly system_prompt: string | null;
  readonly mission_title: string | null;
  readonly mission_description: string | null;
  readonly task_title: string | null;
  readonly task_description: string | null;
  readonly task_rework: string | null;
  readonly standard: RunStandard | null;
  readonly config_versions: RunExecution['configVersions'];
  readonly policy: PipelinePolicy | null;
  readonly acts_for: string | null;
  readonly request: RunExecution['request'];
  readonly dependencies: RunExecution['dependencies'];
  readonly planning: PlanningContext | null;
  readonly has_late_answers: boolean;
  readonly open_questions: readonly OpenQuestion[];
}

/** Reads what a live run needs; null when it is settled or gone. */
export async function readRunExecution(db: Database, address: WorkflowAddress): Promise<RunExecution | null> {
  const row = await db.reads.maybeOne<ExecutionRow>(
    [address.workspaceId],
    sql`
      SELECT r.id, r.workspace_id, r.agent_id, r.crew_id, r.host_id, r.mission_id, r.task_id, r.project_id, r.chat_id,
        r.job_id, r.trigger_type, r.purpose, r.status, r.generation, r.iteration, r.attempt_no, r.predecessor_id,
        r.crew_generation, r.container_id, r.exec_id, r.output_offset, r.timeout_ms, r.deadline_at,
        r.cancel_requested_at, r.restart_requested_at, r.error_code,
        ${runTimeLeftMs} AS time_left_ms,
        c.container_id AS container_now, c.container_status, c.devcontainer_config,
        (c.container_plan ->> 'memoryMb')::integer AS memory_mb, a.slug AS agent_slug,
        a.name AS agent_name, a.cli_adapter, a.command, a.llm_provider, a.llm_model, a.memory_enabled, a.system_prompt,
        m.title AS mission_title, m.description AS mission_description,
        t.title AS task_title, t.description AS task_description,
        CASE WHEN t.review_status = 'rework' THEN t.review_note END AS task_rework,
        (SELECT jsonb_build_object('key', d.key, 'version', d.version, 'content', d.body -> 'content',
            'rules', d.body -> 'rules')
          FROM config_documents d WHERE d.workspace_id = r.workspace_id AND d.kind = 'prompt-standard'
            AND d.key IN (r.agent_id, 'default') AND (d.body ->> 'enabled')::boolean
          ORDER BY d.key = 'default' LIMIT 1) AS standard,
        (SELECT coalesce(jsonb_object_agg(d.kind, d.version), '{}') FROM config_documents d
          WHERE d.workspace_id = r.workspace_id AND d.kind = ANY (${sql.array(NAMED_KINDS, 'text')})
            AND d.key = '') AS config_versions,
        (SELECT d.body FROM config_documents d WHERE d.workspace_id = r.workspace_id AND d.kind = ${PIPELINE_POLICY}
            AND d.key = '') AS policy,
        (SELECT p.user_id FROM memberships p WHERE p.workspace_id = r.workspace_id AND p.disabled_at IS NULL
            AND p.user_id = coalesce(m.created_by, r.triggered_by) AND NOT ${answersOthers}) AS acts_for,
        (SELECT jsonb_build_object('id', q.id, 'kind', q.kind, 'content', q.content, 'from',
            CASE WHEN f.id IS NOT NULL THEN jsonb_build_object('id', f.id, 'slug', f.slug, 'name', f.name) END)
          FROM peer_requests q LEFT JOIN agents f ON f.id = q.from_agent_id WHERE q.run_id = r.id) AS request,
        ${dependencyResults} AS dependencies, ${hasLateAnswers} AS has_late_answers,
        ${openQuestions} AS open_questions,
        CASE WHEN r.purpose = 'planning' THEN jsonb_build_object('plan', m.plan,
          'problems', to_jsonb(coalesce(m.plan_problems, '{}')),
          'agents', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'slug', p.slug, 'name', p.name,
              'role', p.agent_role, 'role_title', p.role_title, 'description', p.description)
              ORDER BY p.created_at, p.id), '[]')
            FROM agents p WHERE p.crew_id = r.crew_id AND p.deleted_at IS NULL
          )) END AS planning
      FROM runs r
      JOIN crews c ON c.id = r.crew_id
      JOIN agents a ON a.id = r.agent_id
      LEFT JOIN missions m ON m.id = r.mission_id
      LEFT JOIN tasks t ON t.id = r.task_id
      WHERE r.id = ${address.id} AND r.status IN ('ADMITTED', 'RUNNING')`,
  );
  if (row === null) return null;
  const mostMs = runTimeoutMs(row.policy) ?? Number.POSITIVE_INFINITY;
  const isTurn = row.trigger_type === 'CHAT' && row.chat_id !== null && row.job_id !== null;
  return {
    run: row,
    chat: isTurn ? await readTurnInput(db, address.workspaceId, row.chat_id!, row.job_id!) : null,
    timeLeftMs: row.deadline_at === null ? Math.min(row.time_left_ms, mostMs) : row.time_left_ms,
    containerId: row.container_now,
    containerStatus: row.container_status,
    memoryMb: row.memory_mb,
    devcontainerConfig: row.devcontainer_config,
    workspaceId: row.workspace_id,
    crewId: row.crew_id!,
    agent: {
      id: row.agent_id!,
      slug: row.agent_slug,
      name: row.agent_name,
      cliAdapter: row.cli_adapter,
      llmProvider: row.llm_provider,
      llmModel: row.llm_model,
      memoryEnabled: row.memory_enabled,
      command: row.command,
      systemPrompt: row.system_prompt,
    },
    mission:
      row.mission_id === null
        ? null
        : { id: row.mission_id, title: row.mission_title!, description: row.mission_description },
    task:
      row.task_id === null
        ? null
        : {
            id: row.task_id,
            title: row.task_title!,
            description: row.task_description,
            iteration: row.iteration,
            rework: row.task_rework,
          },
    standard: row.standard,
    configVersions: row.config_versions,
    policy: row.policy,
    actsFor: row.acts_for,
    knowledge: null,
    skills: null,
    request: row.request,
    dependencies: row.dependencies,
    planning: row.planning,
    hasLateAnswers: row.has_late_answers,
    openQuestions: row.open_questions,
    lateAnswers: [],
  };
}
