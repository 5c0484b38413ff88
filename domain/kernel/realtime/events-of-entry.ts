import { BUILD_STEPS } from '../../crews/provisioning/build-spec.ts';
import { confidenceLevel } from '../../work/missions/confidence.ts';
import type { JournalEntry } from '../journal/journal-entry.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';

/** What watches a part of a workspace: `<kind>:<id>`. */
export const CHANNEL_KINDS = ['workspace', 'crew', 'mission', 'journal'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** One thing that happened, as one channel hears of it (contract websocket-events.md §5): ids, enums and counts only. */
export interface RealtimeEvent {
  readonly channel: string;
  readonly type: string;
  /** The whole entry on the journal's channel. */
  readonly payload: JsonObject | JournalEntry;
  /** What a token with scopes needs to hear it. */
  readonly scope: string;
}

/** Entries that are measurements rather than events; the journal's channel withholds them, its SSE stream does not. */
const TELEMETRY = new Set(['container.metrics', 'exec.output_chunk']);

const RUN_STATUS: Readonly<Record<string, string>> = {
  'run.started': 'RUNNING',
  'run.completed': 'COMPLETED',
  'run.failed': 'FAILED',
  'run.cancelled': 'CANCELLED',
  'run.timeout': 'TIMEOUT',
};

const ESCALATION_EVENTS: Readonly<Record<string, string>> = {
  pending: 'created',
  resolved: 'resolved',
  expired: 'expired',
  cancelled: 'cancelled',
  unanswered: 'unanswered',
  delivered: 'delivered',
};

const AUDIT_VERBS: Readonly<Record<string, string>> = {
  'audit.entity_created': 'created',
  'audit.entity_updated': 'updated',
  'audit.entity_deleted': 'deleted',
};

/** A short enum of the entry's payload; nothing longer gets into an event, whatever a writer put there. */
function word(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? value : null;
}

/** Members that are known; the others are left out, clients read the row. */
function known(members: Readonly<Record<string, string | boolean | null | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  ) as JsonObject;
}

interface Channels {
  readonly workspace: string;
  readonly crew: string | null;
  readonly mission: string | null;
}

function channelsOf(entry: JournalEntry): Channels {
  return {
    workspace: `workspace:${entry.workspace_id}`,
    crew: entry.crew_id === null ? null : `crew:${entry.crew_id}`,
    mission: entry.mission_id === null ? null : `mission:${entry.mission_id}`,
  };
}

function to(channel: string | null, type: string, scope: string, payload: JsonObject): RealtimeEvent[] {
  return channel === null ? [] : [{ channel, type, payload, scope }];
}

/** An audit entry's event: of a crew, agent, mission, task or the workspace itself; of nothing else. */
function auditEvents(entry: JournalEntry, verb: string, at: Channels): RealtimeEvent[] {
  const id = entry.target_id;
  const status = word(entry.payload.status);
  switch (entry.target_type) {
    case 'crew':
      return to(at.workspace, `crew.${verb}`, 'crews:read', known({ id }));
    case 'agent':
      return to(at.workspace, `agent.${verb}`, 'agents:read', known({ id, crew_id: entry.crew_id }));
    case 'workspace':
      return to(at.workspace, `workspace.${verb}`, 'workspace:read', known({ id }));
    case 'mission':
      return [
        ...to(at.workspace, `mission.${verb}`, 'missions:read', known({ id, crew_id: entry.crew_id, status })),
        ...to(at.mission, `mission.${verb}`, 'missions:read', known({ id, status })),
      ];
    case 'task': {
      const payload = known({ id, mission_id: entry.mission_id, status });
      return [
        ...to(at.workspace, `task.${verb}`, 'missions:read', payload),
        ...to(at.mission, `task.${verb}`, 'missions:read', payload),
      ];
    }
    default:
      return [];
  }
}

function escalationEvents(entry: JournalEntry, at: Channels): RealtimeEvent[] {
  const event = ESCALATION_EVENTS[word(entry.payload.state) ?? ''];
  if (event === undefined) return [];
  const payload = known({
    id: entry.target_id,
    crew_id: entry.crew_id,
    agent_id: entry.agent_id,
    mission_id: entry.mission_id,
    action: word(entry.payload.action),
  });
  return to(at.workspace, `escalation.${event}`, 'escalations:read', payload);
}

const INBOX = { source: 'approval' };

/** A decision that is asked for, or is over: `status` says how. */
function approvalEvents(entry: JournalEntry, verb: string, at: Channels): RealtimeEvent[] {
  const payload = known({
    id: entry.target_id,
    crew_id: entry.crew_id,
    mission_id: entry.mission_id,
    task_id: entry.task_id,
    kind: word(entry.payload.kind),
    ...(verb === 'requested' ? {} : { status: verb === 'granted' ? 'approved' : verb }),
  });
  const type = verb === 'requested' ? 'approval.required' : 'approval.resolved';
  return [
    ...to(at.workspace, type, 'missions:read', payload),
    ...to(at.mission, type, 'missions:read', payload),
    ...(entry.payload.kind === 'autonomy_gate' ? to(at.workspace, 'inbox.updated', 'escalations:read', INBOX) : []),
  ];
}

/** A path as an agent gave it, unless it is longer than any that a host takes. */
const MAX_PATH_LENGTH = 1_024;

/** A file of the crew's shared directory that another crew, or its own, has written. */
function fileEvents(entry: JournalEntry, at: Channels): RealtimeEvent[] {
  const { path, size } = entry.payload;
  if (typeof path !== 'string' || path.length > MAX_PATH_LENGTH) return [];
  const payload = { ...known({ event: 'written', path, agent: entry.agent_id, timestamp: entry.ts }) };
  return to(at.crew, 'file.event', 'crews:read', { ...payload, ...(typeof size === 'number' ? { size } : {}) });
}

/** A task that is done although its agent is less sure than the crew wants to be told of. */
function lowConfidenceEvents(entry: JournalEntry, at: Channels): RealtimeEvent[] {
  const { confidence } = entry.payload;
  if (typeof confidence !== 'number') return [];
  const payload = known({
    task_id: entry.target_id,
    mission_id: entry.mission_id,
    level: confidenceLevel(confidence),
  });
  return to(at.workspace, 'confidence.low', 'missions:read', payload);
}

function runEvents(entry: JournalEntry, status: string, at: Channels): RealtimeEvent[] {
  const payload = known({
    id: entry.trace_id,
    agent_id: entry.agent_id,
    crew_id: entry.crew_id,
    mission_id: entry.mission_id,
    task_id: entry.task_id,
    status,
    error_code: word(entry.payload.error_code),
  });
  return [
    ...to(at.workspace, entry.entry_type, 'runs:read', payload),
    ...to(at.mission, entry.entry_type, 'runs:read', payload),
  ];
}

/** A crew's image, on its way. */
function provisionEvents(entry: JournalEntry, at: Channels): RealtimeEvent[] {
  const crew = known({ crew_id: entry.crew_id });
  const event = (type: string, payload: JsonObject) =>
    to(at.workspace, `provision.${type}`, 'crews:read', { ...crew, ...payload });
  const { payload } = entry;
  switch (entry.entry_type) {
    case 'provisioning.queued':
      return event('started', { steps: [...BUILD_STEPS] });
    case 'provisioning.step':
      return event('progress', {
        step: count(payload.step),
        total: count(payload.total),
        message: BUILD_STEPS.find((step) => step === payload.name) ?? '',
      });
    case 'provisioning.complete':
      return event('completed', {
        cached_image: imageTag(payload.cached_image),
        config_hash: word(payload.config_hash),
      });
    case 'provisioning.failed':
      return event('failed', known({ error: word(payload.error_code) }));
    default:
      return event('event', { event: entry.entry_type.slice('provisioning.'.length) });
  }
}

/** Says that a crew's provisioning has new lines of output, which its status shows. Of no entry, so nothing resumes it. */
export function provisionLogEvent(workspaceId: string, crewId: string): RealtimeEvent {
  const payload = { crew_id: crewId, event: 'log' };
  return { channel: `workspace:${workspaceId}`, type: 'provision.event', payload, scope: 'crews:read' };
}

function count(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function imageTag(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && /^[a-z0-9-]{1,64}:[A-Za-z0-9_.-]{1,128}$/.test(value) ? value : null;
}

function changeEvents(entry: JournalEntry): RealtimeEvent[] {
  const at = channelsOf(entry);
  const { entry_type: type, target_id: id, crew_id } = entry;
  const status = word(entry.payload.to);
  const verb = AUDIT_VERBS[type];
  if (verb !== undefined) return auditEvents(entry, verb, at);
  const runStatus = RUN_STATUS[type];
  if (runStatus !== undefined) return runEvents(entry, runStatus, at);
  switch (type) {
    case 'mission.created': {
      const payload = known({ id, crew_id, status: word(entry.payload.status) });
      return [
        ...to(at.workspace, type, 'missions:read', payload),
        ...to(at.crew, type, 'missions:read', known({ id })),
      ];
    }
    case 'mission.status_change':
      return [
        ...to(at.workspace, 'mission.updated', 'missions:read', known({ id, crew_id, status })),
        ...to(at.mission, 'mission.status', 'missions:read', known({ id, status })),
      ];
    case 'mission.paused':
    case 'mission.unpaused':
    case 'mission.plan_accepted':
    case 'mission.plan_refused':
      return [
        ...to(at.workspace, 'mission.updated', 'missions:read', known({ id, crew_id })),
        ...to(at.mission, 'mission.updated', 'missions:read', known({ id })),
      ];
    case 'approval.requested':
    case 'approval.granted':
    case 'approval.denied':
    case 'approval.timeout':
    case 'approval.cancelled':
      return approvalEvents(entry, type.slice('approval.'.length), at);
    case 'task.status_change':
      return [
        ...lowConfidenceEvents(entry, at),
        ...to(at.workspace, 'task.updated', 'missions:read', known({ id, mission_id: entry.mission_id, status })),
        ...to(at.mission, 'task.status', 'missions:read', known({ id, status })),
      ];
    case 'agent.status_change':
      return to(at.workspace, 'agent.status', 'agents:read', known({ agent_id: entry.agent_id, status }));
    case 'task.confidence_low':
      return to(
        at.workspace,
        'confidence.low',
        'missions:read',
        known({ task_id: id, agent_id: entry.agent_id, mission_id: entry.mission_id }),
      );
    case 'assignment.created':
    case 'assignment.replaced':
    case 'assignment.completed':
    case 'assignment.failed':
    case 'assignment.cancelled':
      return to(
        at.workspace,
        'assignment.updated',
        'runs:read',
        known({ id, crew_id, state: word(entry.payload.state) }),
      );
    case 'issue.created':
    case 'issue.updated':
    case 'issue.status_change':
    case 'issue.comment': {
      const event = type === 'issue.created' ? type : 'issue.updated';
      return to(at.workspace, event, 'missions:read', known({ identifier: word(entry.payload.identifier), status }));
    }
    case 'agent.circuit_opened':
    case 'agent.circuit_closed':
      return to(at.workspace, 'agent.updated', 'agents:read', known({ id, crew_id }));
    case 'provisioning.queued':
    case 'provisioning.building':
    case 'provisioning.step':
    case 'provisioning.complete':
    case 'provisioning.failed':
    case 'provisioning.cancelled':
      return provisionEvents(entry, at);
    case 'container.status_change':
      return to(at.workspace, 'crew.updated', 'crews:read', known({ id: crew_id, container_status: status }));
    case 'port_expose.created':
    case 'port_expose.revoked':
    case 'port_expose.expired':
      return to(at.workspace, type, 'crews:read', known({ id, crew_id, agent_id: entry.agent_id }));
    case 'file.written':
      return fileEvents(entry, at);
    case 'peer.escalation':
      return escalationEvents(entry, at);
    default:
      return [];
  }
}

/**
 * The events of one sequenced entry. The journal is the event log: an event is a view of an entry, so it exists exactly
 * when the change was committed. A type that is not listed here is heard on the journal's channel only.
 */
export function eventsOfEntry(entry: JournalEntry): readonly RealtimeEvent[] {
  const events = changeEvents(entry);
  if (TELEMETRY.has(entry.entry_type)) return events;
  const journal = `journal:${entry.workspace_id}`;
  return [...events, { channel: journal, type: 'journal.entry', payload: entry, scope: 'journal:read' }];
}
