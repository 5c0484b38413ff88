import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { OpeningLimits } from '../../../commands/engine/runs/count-opening.ts';
import { useTool } from '../../../commands/integrations/mcp/use-tool.ts';
import { readBinding } from '../../../db/instance/config-documents/binding-document.ts';
import { playsScenario } from '../../../db/evidence/testing/test-runs-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CREW_TOOLS } from '../../../domain/integrations/mcp/crew-tools.ts';
import {
  isAskedAbout,
  ruleOf,
  TOOL_CONFIG,
  type ToolConfig,
  type ToolRule,
} from '../../../domain/integrations/mcp/tool-config.ts';
import {
  PIPELINE_POLICY,
  type PipelinePolicy,
  ruledMode,
  stricterMode,
} from '../../../domain/work/pipeline/pipeline-policy.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AgentCall } from '../../../domain/kernel/schemas/agent-call.ts';
import { orderedText } from '../../../domain/kernel/json/ordered-text.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { scrubJson } from '../../../platform/scrubber/scrubber.ts';
import type { KnownCaller } from './internal-authorize.ts';

export interface ToolGateDeps {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
  readonly keyRing: Pick<KeyRing, 'digest'>;
  readonly openingLimits: OpeningLimits;
  readonly callerOf: (request: FastifyRequest) => KnownCaller | null;
}

/** Of arguments, as who decides reads them: an approval's payload holds 16 KiB. */
const SHOWN_LENGTH = 12_000;
/** Who acts and for whom is proven, and no argument. */
const NOT_ARGUMENTS = new Set(['workspace_id', 'crew_id', 'agent_id', 'from_crew_id']);

/** Tools by the route that answers them: `POST /api/v1/internal/issues/:`. */
const TOOLS = new Map<string, AgentCall>(
  CREW_TOOLS.map((call) => [`${call.method} ${pathShape(`/api/v1/internal${call.path}`)}`, call]),
);

/** What a sidecar tells of a run, and its own book-keeping: nothing that an agent does. */
const TELLING = /^\/api\/v1\/internal\/(cost|journal|mcp-tool-calls)\b/;

function pathShape(path: string): string {
  return path.replaceAll(/:[A-Za-z]+/g, ':');
}

function argumentsOf(request: FastifyRequest): JsonObject {
  return argumentsIn([request.params, request.query, request.body]);
}

function argumentsIn(parts: readonly unknown[]): JsonObject {
  const given = parts.flatMap((part) => Object.entries((part ?? {}) as object));
  return Object.fromEntries(given.filter(([name, value]) => !NOT_ARGUMENTS.has(name) && value !== undefined));
}

/** What people are shown of arguments: no secrets, and of long ones the beginning. */
function shownOf(given: JsonObject): JsonObject {
  const scrubbed = scrubJson(given, []);
  const text = JSON.stringify(scrubbed);
  return text.length <= SHOWN_LENGTH ? scrubbed : { beginning: text.slice(0, SHOWN_LENGTH).toWellFormed() };
}

/**
 * What a workspace says of its agents' tools is held here, where each of their calls passes, be it made as a tool or to
 * the sidecar itself (docs/contracts/internal-ipc.md, Which tools). Throws `forbidden`, `limit_reached`,
 * `approval_required`.
 */
export function createToolGate({ database, keyRing, openingLimits, callerOf }: ToolGateDeps) {
  return async function passTool(request: FastifyRequest): Promise<void> {
    const url = request.routeOptions.url ?? '';
    const called = TOOLS.get(`${request.method} ${pathShape(url)}`);
    const writes = called === undefined ? request.method !== 'GET' && !TELLING.test(url) : called.effect !== 'reads';
    const caller = called === undefined && !writes ? null : callerOf(request);
    if (caller === null) return;
    const { principal, actor } = caller;
    const { runId, crewId } = principal;
    const workspaceId = principal.workspace.id;
    if (writes && (await playsScenario(database.reads, { workspaceId, crewId, runId }))) {
      throw new CrewshipError('forbidden', 'a scenario is being played: it changes nothing outside its session', {
        extensions: { reason: 'scenario_run' },
      });
    }
    if (called === undefined) return;
    const tool = called.name;
    const [{ now, at_start: atStart }, policy] = await Promise.all([
      readBinding<ToolConfig>(database.reads, workspaceId, { kind: TOOL_CONFIG, runId }),
      readBinding<PipelinePolicy>(database.reads, workspaceId, { kind: PIPELINE_POLICY, runId }),
    ]);
    const given = argumentsOf(request);
    const ruled = isAskedAbout(tool) ? ruledMode(policy.at_start, tool, given) : null;
    const own = ruleOf(atStart, tool);
    const rule = ruled === null ? own : { ...own, approval: stricterMode(own.approval, ruled) };
    // What is switched off is off for everybody, also for who began before.
    if (!rule.enabled || !ruleOf(now, tool).enabled) {
      throw new CrewshipError('forbidden', `${tool} is switched off in this workspace`, {
        extensions: { tool, reason: 'tool_disabled' },
      });
    }
    if (isFree(rule)) return;
    const digestOf = (members: JsonObject) => keyRing.digest(orderedText([tool, members])).toString('hex');
    const digest = digestOf(given);
    const { body } = request.routeOptions.schema ?? {};
    /** As they would come if an agent sent them: defaults are filled in. */
    const digestOfEdited = (edited: JsonObject) => {
      const taken = body instanceof z.ZodType ? body.safeParse(edited) : null;
      return digestOf(argumentsIn([taken?.success === true ? taken.data : edited]));
    };
    const key = request.method === 'GET' ? undefined : request.headers['idempotency-key'];
    const { agentId } = principal;
    const use = {
      workspaceId,
      crewId: principal.crewId,
      agent: runId === null || agentId === null ? null : { id: agentId, runId },
      rule,
      shown: shownOf(given),
      digest,
      digestOfEdited,
      requestKey:
        typeof key === 'string'
          ? keyRing.digest(orderedText([principal.crewId, runId, key, digest])).toString('hex')
          : null,
      maxQuestions: openingLimits.questions,
    };
    const scope = { workspaceIds: [workspaceId], requestId: request.id };
    const refusal = await database.transaction(scope, (tx) => useTool(tx, use, actor));
    if (refusal !== null) throw refusal;
  };
}

function isFree({ approval, limits }: ToolRule): boolean {
  return approval === 'none' && limits.per_run === null && limits.per_hour === null;
}
