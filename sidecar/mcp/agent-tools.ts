import { z } from 'zod';
import { AGENT_WAIT_SECONDS, ESCALATION_TYPES } from '../../domain/people/escalations/escalation.ts';
import { ASSIGNEE_TYPES, ISSUE_PRIORITIES, ISSUE_STATUSES } from '../../domain/work/issues/issue.ts';
import { MAX_DEPENDENCIES_A_TASK, MAX_TASKS_A_MISSION } from '../../domain/work/missions/mission.ts';
import { DEFAULT_QUERY_SECONDS, LONGEST_QUERY_SECONDS } from '../../domain/work/peers/peer-request.ts';

/** One of the agents' calls as a tool of the Model Context Protocol. */
export interface AgentTool {
  readonly name: string;
  /** The call that it is, by its name in AGENT_CALLS. */
  readonly call: string;
  readonly title: string;
  /** For a model: what it does, when to use it, what comes back. */
  readonly description: string;
  /** Members of a body or of a query. One whose name is `id` says what stands for `:id` in the path. */
  readonly input: z.ZodObject;
  /** What a model and its user may expect of a call. */
  readonly effect: 'reads' | 'adds' | 'changes';
  /** Members that are filled in from what the caller's headers say, where a call leaves them out. */
  readonly defaults?: Readonly<Record<string, keyof ToolContext>>;
  readonly output?: z.ZodObject;
  /** A second call that goes on with what the first one answered: the first asks, the second waits. */
  readonly followUp?: { readonly call: string; readonly idFrom: string };
}

/** What a request's headers say of its caller; undefined where they do not. */
export interface ToolContext {
  readonly agentId: string | undefined;
  readonly agentSlug: string | undefined;
  readonly chatId: string | undefined;
}

const id = z.string().regex(/^[A-Za-z0-9_-]{2,64}$/, 'must be 2 to 64 of A-Z, a-z, 0-9, _ and -');
const moment = z.iso.datetime({ offset: true });
const slug = z.string().min(2).max(50);
const chatId = id.optional().describe('A chat of your crew. Default: the one that you work in.');
const targetSlug = slug.describe('Slug of an agent of your crew, or of a crew that yours is connected to.');
const issueId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{2,64}$/)
  .describe('Identifier of the issue, such as CREW-12.');
const escalationId = id.describe('The escalation_id that `escalate` answered.');

const order = z.int().min(0).max(1_000_000);
const description = z.string().max(20_000).nullable().optional();
const assigneeType = z.enum(ASSIGNEE_TYPES).optional().describe('What assignee_id names. Default: agent.');

/** How a question to people ended; `escalate` and `wait_for_answer` say so alike. */
const answer = z.looseObject({
  escalation_id: z.string().optional(),
  status: z.enum(['RESOLVED', 'EXPIRED', 'CANCELLED', 'UNANSWERED']),
  resolution: z.string().optional().describe('What people answered.'),
  action: z.string().optional().describe('approve, reject or redirect; empty without an answer.'),
  redirect_to: z.string().nullable().optional(),
  warning: z.string().optional().describe('Why you go on without an answer.'),
  still_open: z.boolean().optional().describe('Whether people may still answer.'),
});

/** The one place where a call becomes a tool. */
export const AGENT_TOOLS: readonly AgentTool[] = [
  {
    name: 'escalate',
    call: 'POST /escalations',
    title: 'Ask people',
    description:
      `Ask the people who run this crew a question and wait up to ${AGENT_WAIT_SECONDS} seconds for their answer. Use it ` +
      'for decisions that are not yours: approvals, missing credentials, contradicting orders. UNANSWERED means that ' +
      'nobody has answered yet: go on with your best judgement and say so in your result. Ask once; do not repeat it.',
    input: z.object({
      reason: z.string().min(1).max(10_000).describe('The question, with all that is needed to decide it.'),
      context: z.string().max(20_000).nullable().optional().describe('What you found and tried so far.'),
      type: z
        .enum(ESCALATION_TYPES)
        .optional()
        .describe(
          'TEXT (default): a question. CREDENTIAL: asks for or proposes a secret. LINK: people shall open a URL.',
        ),
      metadata: z
        .record(z.string().max(64), z.unknown())
        .nullable()
        .optional()
        .describe(
          'LINK: {"url": "https://…"}. CREDENTIAL: {"name", "type", "provider", "value"}, without value to ask for it.',
        ),
      from_slug: slug.optional().describe('Who asks. Default: you.'),
      chat_id: chatId,
    }),
    effect: 'adds',
    defaults: { from_slug: 'agentSlug', chat_id: 'chatId' },
    output: answer,
    followUp: { call: 'GET /escalations/:id/wait', idFrom: 'escalation_id' },
  },
  {
    name: 'wait_for_answer',
    call: 'GET /escalations/:id/wait',
    title: 'Wait for people',
    description: 'Wait again for the answer to a question that `escalate` asked, when that call was cut off.',
    input: z.object({ id: escalationId }),
    effect: 'reads',
    output: answer,
  },
  {
    name: 'list_late_answers',
    call: 'GET /answers',
    title: 'Late answers',
    description:
      'Answers of people to earlier questions of your task that came after the asking agent had gone on. Take note of ' +
      'them, then call `acknowledge_late_answer` for each.',
    input: z.object({}),
    effect: 'reads',
  },
  {
    name: 'acknowledge_late_answer',
    call: 'POST /answers/:id/acknowledge',
    title: 'Acknowledge a late answer',
    description: 'Say that you have taken note of a late answer: it is given to nobody any more.',
    input: z.object({ id: escalationId }),
    effect: 'changes',
  },
  {
    name: 'describe_crew',
    call: 'GET /agents/:id/resolve',
    title: 'Your crew',
    description:
      'Who you are, the agents of your crew with their slugs and ids, and the crews that yours is connected to. Use it ' +
      'before you assign, ask or plan.',
    input: z.object({ id: id.optional().describe('Another agent of your crew, by id or slug. Default: you.') }),
    effect: 'reads',
    defaults: { id: 'agentId' },
  },
  {
    name: 'assign_task',
    call: 'POST /assignments',
    title: 'Assign a task',
    description:
      'Give another agent a task. It works beside you; this answers at once with an assignment_id, and `get_assignment` ' +
      'tells how it stands. At most 8 open at a time, and who was assigned may assign on once.',
    input: z.object({
      target_slug: targetSlug,
      task: z.string().trim().min(1).max(20_000).describe('The whole task: the other agent knows nothing but this.'),
      chat_id: chatId,
    }),
    effect: 'adds',
    defaults: { chat_id: 'chatId' },
  },
  {
    name: 'get_assignment',
    call: 'GET /assignments/:id',
    title: 'An assignment',
    description:
      'How an assignment stands: PENDING, QUEUED, RUNNING, COMPLETED with result_summary, FAILED, CANCELLED.',
    input: z.object({ id: id.describe('The assignment_id that `assign_task` answered.') }),
    effect: 'reads',
  },
  {
    name: 'ask_agent',
    call: 'POST /queries',
    title: 'Ask an agent',
    description:
      'Ask another agent a question and wait for its answer. For longer work use `assign_task`. It fails when the other ' +
      'one does not answer in time.',
    input: z.object({
      target_slug: targetSlug,
      question: z
        .string()
        .trim()
        .min(1)
        .max(20_000)
        .describe('The whole question: the other agent knows nothing but this.'),
      timeout_seconds: z
        .int()
        .min(1)
        .max(LONGEST_QUERY_SECONDS)
        .optional()
        .describe(`How long you wait. Default: ${DEFAULT_QUERY_SECONDS}.`),
      chat_id: chatId,
    }),
    effect: 'adds',
    defaults: { chat_id: 'chatId' },
  },
  {
    name: 'get_standup',
    call: 'GET /standup',
    title: 'Standup',
    description: 'What your crew has been doing, as text: work given, questions asked, how they ended.',
    input: z.object({ since: moment.optional().describe('RFC 3339 with an offset. Default: a day ago.') }),
    effect: 'reads',
  },
  {
    name: 'report_confidence',
    call: 'POST /report-confidence',
    title: 'Report your confidence',
    description:
      'Say how sure you are of the task that you are working on. Low confidence lets people look at it in time; be honest.',
    input: z.object({
      confidence: z.number().min(0).max(1).describe('0: a guess; 1: certain.'),
      reason: z.string().max(2_000).nullable().optional().describe('What makes you doubt.'),
    }),
    effect: 'changes',
  },
  {
    name: 'list_crews',
    call: 'GET /crews',
    title: 'Crews',
    description: 'The crews of the workspace: id, name, slug.',
    input: z.object({}),
    effect: 'reads',
  },
  {
    name: 'list_crew_connections',
    call: 'GET /crew-connections',
    title: 'Connections',
    description: 'Which crews yours is connected to, and in which direction messages and tasks may go.',
    input: z.object({}),
    effect: 'reads',
  },
  {
    name: 'send_crew_message',
    call: 'POST /crew-messages',
    title: 'Message a crew',
    description: 'Leave a message for a connected crew. Nobody is woken: its agents read it when they look.',
    input: z.object({
      to_crew_id: id.describe('Id of the crew, from `list_crew_connections`.'),
      content: z.string().min(1).max(1_048_576),
      metadata: z.record(z.string().max(64), z.unknown()).optional(),
    }),
    effect: 'adds',
  },
  {
    name: 'list_crew_messages',
    call: 'GET /crew-messages',
    title: 'Messages of your crew',
    description: 'Messages that other crews sent to yours, or yours to them; newest first.',
    input: z.object({
      direction: z.enum(['incoming', 'outgoing', 'all']).optional().describe('Default: incoming.'),
      limit: z.int().min(1).max(200).optional().describe('Default: 50.'),
      since: moment.optional().describe('Only newer ones: RFC 3339 with an offset.'),
      peer_crew_id: id.optional().describe('Only those from or to this crew.'),
    }),
    effect: 'reads',
  },
  {
    name: 'list_issues',
    call: 'GET /issues',
    title: 'Issues',
    description: 'Issues of your crew, newest first.',
    input: z.object({
      status: z
        .string()
        .max(1_000)
        .regex(/^[A-Z_,]+$/)
        .optional()
        .describe(`Comma-separated, of ${ISSUE_STATUSES.join(', ')}.`),
      assignee_id: id.optional(),
      q: z.string().min(1).max(200).optional().describe('Part of the title.'),
      limit: z.int().min(1).max(100).optional().describe('Default: 50.'),
      offset: z.int().min(0).max(1_000_000).optional(),
    }),
    effect: 'reads',
  },
  {
    name: 'get_issue',
    call: 'GET /issues/:id',
    title: 'An issue',
    description: 'One issue of your crew with its description, status and assignee.',
    input: z.object({ id: issueId }),
    effect: 'reads',
  },
  {
    name: 'create_issue',
    call: 'POST /issues',
    title: 'Make an issue',
    description: 'Put an issue into your crew’s backlog; answers its identifier.',
    input: z.object({
      title: z.string().trim().min(1).max(500),
      description,
      priority: z.enum(ISSUE_PRIORITIES).optional(),
      assignee_type: assigneeType,
      assignee_id: id.nullable().optional().describe('Goes with assignee_type.'),
    }),
    effect: 'adds',
  },
  {
    name: 'update_issue',
    call: 'PATCH /issues/:id',
    title: 'Change an issue',
    description:
      'Move an issue or change it; only the members that you give are changed. A move that its status does not allow is ' +
      'refused and names the current status.',
    input: z.object({
      id: issueId,
      status: z.enum(ISSUE_STATUSES).optional(),
      priority: z.enum(ISSUE_PRIORITIES).optional(),
      assignee_type: assigneeType,
      assignee_id: z
        .union([id, z.literal('')])
        .nullable()
        .optional()
        .describe('"" or null: nobody.'),
      due_date: z.iso.date().nullable().optional().describe('YYYY-MM-DD.'),
      estimate: z.int().min(0).max(1_000_000).nullable().optional(),
      comment: z.string().trim().min(1).max(50_000).optional(),
    }),
    effect: 'changes',
  },
  {
    name: 'comment_on_issue',
    call: 'POST /issues/:id/comments',
    title: 'Comment on an issue',
    description: 'Add a comment to an issue of your crew.',
    input: z.object({ id: issueId, body: z.string().trim().min(1).max(50_000) }),
    effect: 'adds',
  },
  {
    name: 'create_mission',
    call: 'POST /missions',
    title: 'Plan a mission',
    description:
      'Plan a mission of tasks for agents of your crew; `start_mission` starts it. Tasks whose dependencies are done run ' +
      'side by side.',
    input: z.object({
      title: z.string().trim().min(1).max(500),
      description,
      plan: z
        .string()
        .max(100_000)
        .nullable()
        .optional()
        .describe('Notes for the lead; without tasks it plans from them.'),
      lead_agent_id: id.optional().describe('The LEAD of your crew, from `describe_crew`. Default: you.'),
      tasks: z
        .array(
          z.object({
            title: z.string().trim().min(1).max(500),
            description,
            assigned_agent_id: id.nullable().optional().describe('An agent of your crew. Default: the lead.'),
            task_order: order.optional().describe('Default: its place in the list, from 0.'),
            depends_on: z
              .array(order)
              .max(MAX_DEPENDENCIES_A_TASK)
              .optional()
              .describe('task_order of tasks that must be done before.'),
            max_iterations: z.int().min(0).max(50).nullable().optional(),
          }),
        )
        .max(MAX_TASKS_A_MISSION)
        .optional(),
    }),
    effect: 'adds',
    defaults: { lead_agent_id: 'agentId' },
  },
  {
    name: 'get_mission',
    call: 'GET /missions/:id',
    title: 'A mission',
    description: 'A mission of your crew and where its tasks stand.',
    input: z.object({ id: id.describe('The id that `create_mission` answered.') }),
    effect: 'reads',
  },
  {
    name: 'start_mission',
    call: 'POST /missions/:id/start',
    title: 'Start a mission',
    description: 'Start a mission that was planned.',
    input: z.object({ id: id.describe('The id that `create_mission` answered.') }),
    effect: 'changes',
  },
  {
    name: 'create_crew',
    call: 'POST /crews',
    title: 'Make a crew',
    description:
      'Make another crew in your workspace, with default settings. By the autonomy of your crew it is live, held until an ' +
      'ADMIN approves it (`pending_review`), or refused.',
    input: z.object({
      name: z.string().trim().min(2).max(100),
      slug: slug.optional().describe('Default: from the name.'),
      description: z.string().max(2_000).nullable().optional(),
    }),
    effect: 'adds',
  },
  {
    name: 'create_agent',
    call: 'POST /agents',
    title: 'Make an agent',
    description:
      'Make another agent in your own crew. By the autonomy of your crew it is live, or under review until an ADMIN ' +
      'approves it (`pending_review`) and takes no work before, or refused.',
    input: z.object({
      name: z.string().trim().min(2).max(100),
      slug: slug.optional().describe('Default: from the name.'),
      role_title: z.string().max(100).nullable().optional(),
      description: z.string().max(2_000).nullable().optional(),
      system_prompt: z.string().max(100_000).nullable().optional().describe('What it is told before each task.'),
    }),
    effect: 'adds',
  },
  {
    name: 'expose_port',
    call: 'POST /port-expose',
    title: 'Expose a port',
    description:
      'Open a port of your container on which a program listens at 127.0.0.1, for people to look at: answers the `url`, once. ' +
      'Whoever has it can use it until it expires. Pages run in a sandbox: relative links, no cookies or storage.',
    input: z.object({
      port: z.int().min(1).max(65_535),
      description: z.string().max(200).nullable().optional().describe('What people will see there.'),
      ttl_seconds: z.int().min(1).max(86_400).optional().describe('How long it stays open. Default: an hour.'),
    }),
    effect: 'adds',
  },
];
