/** The kinds of rows that a workflow drives, with what operators read about each. */
export const WORKFLOW_DETAILS = {
  mission: 'One generation of a mission: dispatches ready tasks, retries, deadline.',
  run: 'One attempt of an agent: waits for its crew container, then runs on its host.',
  crew: "One generation of a crew's container: start, sidecar, idle stop.",
  escalation: 'A question to people: expires it when its time is up.',
  approval: 'What an agent asks people to allow: ends it when their time is up.',
  keeper: 'A request of an agent for a credential: a judge, then people where it asks them, then the command.',
  build: 'One build of an image on a Docker host: six steps, followed by every crew whose configuration wants it.',
  job: 'A job of some kind: takes its steps, keeps its deadline, undoes what they left when it is cancelled.',
  eval: 'An evaluation of what missions did, which is a job: reads their journal and computes.',
} as const;
export type WorkflowKind = keyof typeof WORKFLOW_DETAILS;
/** In the order in which they are repaired: a mission takes its attempts along. */
export const WORKFLOW_KINDS = Object.keys(WORKFLOW_DETAILS) as readonly WorkflowKind[];

/**
 * A workflow's whole input: the address of its row. Everything else it reads, so it can be started from its row alone
 * and its history holds no text.
 */
export interface WorkflowAddress {
  /** Of a build, which is no workspace's: whose crew asked first. */
  readonly workspaceId: string;
  /** Of a build: `<hostId>-<configHash>`. */
  readonly id: string;
  /** 0 for runs, whose id is already one attempt. */
  readonly generation: number;
  /** The request that caused this step; entries journalled by the step carry it. */
  readonly requestId?: string | null;
}

/** `mission-<id>-<generation>`, but `run-<attemptId>`: a workflow's id in Temporal. */
export function workflowId(kind: WorkflowKind, address: { id: string; generation: number }): string {
  return kind === 'run' ? `run-${address.id}` : `${kind}-${address.id}-${address.generation}`;
}

/** What a workflow's id in Temporal says of its row; null for a workflow of somebody else's. */
export function parseWorkflowId(text: string): { kind: WorkflowKind; id: string; generation: number } | null {
  const run = /^run-([A-Za-z0-9_-]{2,64})$/.exec(text);
  if (run !== null) return { kind: 'run', id: run[1]!, generation: 0 };
  const match = /^([a-z]+)-([A-Za-z0-9_-]{2,128})-(\d{1,9})$/.exec(text);
  const kind = WORKFLOW_KINDS.find((known) => known === match?.[1]);
  if (match === null || kind === undefined) return null;
  return { kind, id: match[2]!, generation: Number(match[3]) };
}

const HASH_LENGTH = 64;

/** The id in the address of what builds an image on a host. */
export function buildKey(hostId: string, configHash: string): string {
  return `${hostId}-${configHash}`;
}

/** Takes {@link buildKey} apart. */
export function parseBuildKey(id: string): { hostId: string; configHash: string } {
  return { hostId: id.slice(0, -HASH_LENGTH - 1), configHash: id.slice(-HASH_LENGTH) };
}

/**
 * Who waits on a row, by the kind of row: clients on questions, queries, approvals, the keeper, jobs and chats, ways
 * out of a crew on the end of the run that opened them, a host on what it is asked and who waits for its answer, those
 * who are served by an exposed port, a host on images that it is to remove, all API processes on what a person may do
 * and by which credentials, whoever sends mails and other deliveries on them, and every process on what it is to log.
 */
export type WakeTopic =
  | 'escalation'
  | 'query'
  | 'approval'
  | 'run'
  /** What a credential is, or who has it, is less than before. */
  | 'credential'
  | 'keeper'
  | 'job'
  | 'chat'
  | 'port_exposure'
  | 'image'
  | 'host_call'
  | 'host_answer'
  | 'access'
  | 'signing_keys'
  | 'mail'
  | 'delivery'
  | 'log_level';

/** What is carried out after commit. Ids only: order and repetition do not matter. */
export type OutboxCommand =
  /** Start the row's workflow if it isn't running, and tell it to read its row again. */
  | {
      readonly kind: 'workflow';
      readonly workflow: WorkflowKind;
      readonly address: WorkflowAddress;
      /** Start it also when a workflow of this id has closed: only for runs, whose id has no generation to raise. */
      readonly again?: true;
    }
  /** Wake the clients that wait on this row, in every API process. */
  | { readonly kind: 'wake'; readonly topic: WakeTopic; readonly workspaceId: string; readonly id: string };
