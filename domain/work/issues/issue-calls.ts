import { type AgentCall, QUERY_BOUNDS } from '../../kernel/schemas/agent-call.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { ASSIGNEE_TYPES, ISSUE_PRIORITIES, ISSUE_STATUSES } from './issue.ts';

const issueId = 'Identifier of the issue, such as CREW-12.';
const comment = ({ name }: Fields) => name(1, 50_000);

export const listIssuesCall = {
  name: 'list_issues',
  method: 'GET',
  path: '/issues',
  title: 'Issues',
  description: 'Issues of your crew, newest first.',
  input: ({ z, id }) =>
    z.object({
      status: z
        .string()
        .max(1_000)
        .regex(/^[A-Z_,]+$/)
        .optional()
        .describe(`Comma-separated, of ${ISSUE_STATUSES.join(', ')}; an unknown one matches nothing.`),
      assignee_id: id.optional(),
      q: z.string().min(1).max(200).optional().describe('Part of the title.'),
      limit: z.number().int().min(1).max(100).default(50).describe('Most issues to return.'),
      offset: z.number().int().min(0).max(1_000_000).default(0).describe('Issues to skip.'),
    }),
  effect: 'reads',
  query: {
    status: /^[A-Z_,]{1,1000}$/,
    assignee_id: QUERY_BOUNDS.id,
    q: /^.{1,200}$/s,
    limit: QUERY_BOUNDS.limit,
    offset: QUERY_BOUNDS.offset,
  },
} satisfies AgentCall;

export const createIssueCall = {
  name: 'create_issue',
  method: 'POST',
  path: '/issues',
  title: 'Make an issue',
  description: 'Put an issue into your crew’s backlog; answers its identifier.',
  input: ({ z, id, name }) =>
    z
      .object({
        title: name(1, 500),
        description: z.string().max(20_000).nullable().default(null),
        priority: z.enum(ISSUE_PRIORITIES).default('none'),
        assignee_type: z.enum(ASSIGNEE_TYPES).nullable().default(null).describe('What assignee_id names.'),
        assignee_id: id.nullable().default(null).describe('Goes with assignee_type.'),
      })
      .refine((body) => (body.assignee_type === null) === (body.assignee_id === null), {
        path: ['assignee_id'],
        message: 'goes with assignee_type, and assignee_type with it',
      }),
  effect: 'adds',
  actorField: 'author_id',
} satisfies AgentCall;

export const updateIssueCall = {
  name: 'update_issue',
  method: 'PATCH',
  path: '/issues/:id',
  title: 'Change an issue',
  description:
    'Move an issue or change it; only the members that you give are changed. A move that its status does not allow ' +
    'is refused and names the current status.',
  id: issueId,
  input: (fields) => {
    const { z, id } = fields;
    return z.object({
      status: z.enum(ISSUE_STATUSES).optional(),
      priority: z.enum(ISSUE_PRIORITIES).optional(),
      assignee_type: z.enum(ASSIGNEE_TYPES).default('agent').describe('What assignee_id names.'),
      assignee_id: z
        .union([id, z.literal('')])
        .nullable()
        .optional()
        .describe('"" or null: nobody.'),
      due_date: z.iso
        .date()
        .refine((day) => day >= '1970-01-01' && day < '3000-01-01', 'must be between 1970 and 3000')
        .nullable()
        .optional()
        .describe('YYYY-MM-DD.'),
      estimate: z.int().min(0).max(1_000_000).nullable().optional(),
      comment: comment(fields).optional(),
    });
  },
  effect: 'changes',
  actorField: 'agent_id',
} satisfies AgentCall;

export const commentOnIssueCall = {
  name: 'comment_on_issue',
  method: 'POST',
  path: '/issues/:id/comments',
  title: 'Comment on an issue',
  description: 'Add a comment to an issue of your crew.',
  id: issueId,
  input: (fields) => fields.z.object({ body: comment(fields) }),
  effect: 'adds',
  actorField: 'agent_id',
} satisfies AgentCall;

export const ISSUE_CALLS: readonly AgentCall[] = [
  listIssuesCall,
  {
    name: 'get_issue',
    method: 'GET',
    path: '/issues/:id',
    title: 'An issue',
    description: 'One issue of your crew with its description, status and assignee.',
    id: issueId,
    effect: 'reads',
  },
  createIssueCall,
  updateIssueCall,
  commentOnIssueCall,
];
