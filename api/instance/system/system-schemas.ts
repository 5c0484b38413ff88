import { z } from 'zod';

const hostStatus = z.enum(['up', 'draining', 'lost']);

export const queuesAnswer = z.object({
  outbox_pending: z.int().describe('commands that are to be carried out'),
  outbox_parked: z.int().describe('commands that were refused for good'),
  runs_queued: z.int().describe('runs that wait for a place'),
});

export const runtimeAnswer = z.object({
  available: z.boolean().describe('a host could take work now'),
  version: z.string().describe('of Crewship'),
  uptime_seconds: z.int().describe('of the process that answers'),
  runtime: z.literal('docker').optional(),
  runtimes: z
    .array(
      z.object({
        host_id: z.string(),
        engine_version: z.string(),
        architecture: z.string(),
        status: hostStatus,
        in_use: z.boolean().describe('its worker was heard from lately'),
      }),
    )
    .optional()
    .describe('for the instance operator'),
});

export const licenseAnswer = z.object({
  edition: z.string(),
  license_id: z.string().nullable(),
  licensee_org: z.string().nullable(),
  max_crews: z.int().nullable().describe('of the instance; null: any number'),
  max_agents_per_crew: z.int().nullable(),
  max_members: z.int().nullable().describe('people with a membership in any workspace'),
  features: z.array(z.string()),
});

export const versionAnswer = z.object({
  current: z.string(),
  latest: z.string().nullable().describe('null: nobody is asked for newer ones'),
  newer: z.boolean(),
  url: z.string().nullable(),
  commit: z.string().nullable(),
  build_time: z.string().nullable(),
  dirty: z.boolean().nullable(),
  schema_version: z.string().describe('the newest migration that this version has'),
});

export const crewshipdAnswer = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  uptime_seconds: z.int(),
  hosts: z.object({ total: z.int(), live: z.int() }),
  engine: z.object({ status: z.enum(['ok', 'down', 'unknown']) }),
  queues: queuesAnswer,
});
export const crewshipdAway = z.object({ status: z.literal('unreachable') });

export const capacityAnswer = z.object({
  hosts: z.array(
    z.object({
      id: z.string(),
      status: hostStatus,
      live: z.boolean(),
      capacity: z.int(),
      in_use: z.int(),
      waiting: z.int().describe('runs of all workspaces that wait for a place'),
      waiting_for_answers: z.int().describe('runs that wait for people or other agents, without a place'),
    }),
  ),
  workspace: z.object({ in_use: z.int(), waiting: z.int() }),
  builds: z.object({ running: z.int(), waiting: z.int() }),
});
