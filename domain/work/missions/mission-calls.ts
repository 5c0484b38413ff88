import type { AgentCall } from '../../kernel/schemas/agent-call.ts';
import { MAX_DEPENDENCIES_PER_TASK, MAX_TASKS_PER_MISSION } from './mission.ts';

const missionId = 'The id that `create_mission` answered.';

export const createMissionCall = {
  name: 'create_mission',
  method: 'POST',
  path: '/missions',
  title: 'Plan a mission',
  description:
    'Plan a mission of tasks for agents of your crew; `start_mission` starts it. Tasks whose dependencies are done ' +
    'run side by side.',
  input: ({ z, id, name }) => {
    const order = z.int().min(0).max(1_000_000);
    const description = z.string().max(20_000).nullable().default(null);
    const task = z.object({
      title: name(1, 500),
      description,
      assigned_agent_id: id.nullable().default(null).describe('An agent of your crew. Null: the lead.'),
      task_order: order.optional().describe('Default: its place in the list, from 0.'),
      depends_on: z
        .array(order)
        .max(MAX_DEPENDENCIES_PER_TASK)
        .default([])
        .describe('task_order of tasks of the list that must be done before.'),
      max_iterations: z.int().min(0).max(50).nullable().default(null),
    });
    return z.object({
      title: name(1, 500),
      lead_agent_id: id.describe('The LEAD of your crew, from `describe_crew`.'),
      description,
      plan: z
        .string()
        .max(100_000)
        .nullable()
        .default(null)
        .describe('Notes for the lead; without tasks it plans from them.'),
      tasks: z.array(task).max(MAX_TASKS_PER_MISSION).default([]),
    });
  },
  effect: 'adds',
  defaults: { lead_agent_id: 'agentId' },
} satisfies AgentCall;

export const reportConfidenceCall = {
  name: 'report_confidence',
  method: 'POST',
  path: '/report-confidence',
  title: 'Report your confidence',
  description:
    'Say how sure you are of the task that you are working on. Low confidence lets people look at it in time; be ' +
    'honest.',
  input: ({ z }) =>
    z.object({
      confidence: z.number().min(0).max(1).describe('0: a guess; 1: certain.'),
      reason: z.string().max(2_000).nullable().default(null).describe('What makes you doubt.'),
    }),
  effect: 'changes',
  actorField: 'agent_id',
} satisfies AgentCall;

export const MISSION_CALLS: readonly AgentCall[] = [
  createMissionCall,
  reportConfidenceCall,
  {
    name: 'get_mission',
    method: 'GET',
    path: '/missions/:id',
    title: 'A mission',
    description: 'A mission of your crew and where its tasks stand.',
    id: missionId,
    effect: 'reads',
  },
  {
    name: 'start_mission',
    method: 'POST',
    path: '/missions/:id/start',
    title: 'Start a mission',
    description: 'Start a mission that was planned.',
    id: missionId,
    effect: 'changes',
    carried: 'act',
  },
];
