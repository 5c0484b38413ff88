import type { IncomingHttpHeaders } from 'node:http';
import type { CallerContext } from '../../domain/kernel/schemas/agent-call.ts';
import type { ApiResponse } from '../api/api-client.ts';
import type { Forwarding } from '../api/forwarding.ts';
import type { CarriedCall } from '../calls/agent-calls.ts';
import type { AgentTool } from './agent-tools.ts';
import { innerRequest } from './inner-request.ts';

/** What a tool answered, or the problem that its call met. */
export type ToolAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly detail: string };

export interface ToolCaller {
  readonly headers: IncomingHttpHeaders;
  readonly context: CallerContext;
}

function parsed({ contentType, body }: ApiResponse): unknown {
  if (body.length === 0) return {};
  if (!/\bjson\b/.test(contentType)) return body.toString('utf8');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return {};
  }
}

/** Members of a problem that say nothing to a model beside its code and detail. */
const DULL = new Set(['type', 'title', 'status', 'code', 'detail', 'error', 'instance', 'request_id']);

function answerOf(response: ApiResponse): ToolAnswer {
  const value = parsed(response);
  if (response.status < 400) return { ok: true, value };
  const problem = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof problem[name] === 'string' ? problem[name] : undefined);
  const more = Object.entries(problem).filter(([name]) => !DULL.has(name));
  const detail = text('detail') ?? text('error') ?? text('title') ?? `status ${response.status}`;
  return {
    ok: false,
    status: response.status,
    code: text('code') ?? text('status') ?? 'error',
    detail: more.length === 0 ? detail : `${detail} ${JSON.stringify(Object.fromEntries(more))}`,
  };
}

/** Throws as the calls themselves do. */
async function carryCall(
  forwarding: Forwarding,
  call: CarriedCall,
  { id, ...members }: Readonly<Record<string, unknown>>,
  { headers }: ToolCaller,
  gone: AbortSignal,
): Promise<ToolAnswer> {
  const path = call.declared.path.replace(':id', String(id));
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams();
  if (call.method === 'GET') for (const [name, value] of given) query.set(name, String(value));
  const request = innerRequest(headers, Object.fromEntries(given));
  return answerOf(await call.carry(forwarding, request, { path, query: query.toString() }, gone));
}

/**
 * Does what the tool says with members that its schema has accepted. Throws as the calls themselves do.
 */
export async function carryTool(
  forwarding: Forwarding,
  tool: AgentTool,
  members: Readonly<Record<string, unknown>>,
  caller: ToolCaller,
  gone: AbortSignal,
): Promise<ToolAnswer> {
  const filled: Record<string, unknown> = { ...members };
  for (const [member, from] of Object.entries(tool.declared.defaults ?? {})) filled[member] ??= caller.context[from];
  const first = await carryCall(forwarding, tool.call, filled, caller, gone);
  if (!first.ok || tool.followUp === undefined) return first;
  const opened = first.value as Record<string, unknown>;
  const next = { [tool.followUp.idFrom]: opened[tool.followUp.idFrom] };
  const second = await carryCall(forwarding, tool.followUp.call, { id: next[tool.followUp.idFrom] }, caller, gone);
  if (second.ok) return { ok: true, value: { ...next, ...(second.value as object) } };
  return { ...second, detail: `${second.detail} (${JSON.stringify(next)})` };
}
