import { z } from 'zod';
import type { AgentCall, CallerContext } from '../../domain/kernel/schemas/agent-call.ts';
import { fieldsOf } from '../../domain/kernel/schemas/fields.ts';
import { AGENT_CALLS, type CarriedCall } from '../calls/agent-calls.ts';

/** One of the agents' calls as a tool of the Model Context Protocol. */
export interface AgentTool {
  readonly declared: AgentCall;
  readonly call: CarriedCall;
  /** Members of a body or of a query; `id` says what stands for `:id` in the path. */
  readonly input: z.ZodObject;
  readonly output: z.ZodObject | undefined;
  readonly followUp: { readonly call: CarriedCall; readonly idFrom: string } | undefined;
}

const fields = fieldsOf(z);

/** What a model reads of a member that it may leave out. */
const FILLED_IN: Readonly<Record<keyof CallerContext, string>> = {
  agentId: 'Default: you.',
  agentSlug: 'Default: you.',
  chatId: 'Default: the one that you work in.',
};

function inputOf({ id, input, defaults = {} }: AgentCall): z.ZodObject {
  const members: z.ZodObject = input?.(fields) ?? z.object({});
  const whole = id === undefined ? members : members.safeExtend({ id: fields.id.describe(id) });
  const filledIn = Object.entries(defaults).map(([name, from]) => {
    const member = whole.shape[name] as z.ZodType;
    return [name, member.optional().describe(`${member.description} ${FILLED_IN[from]}`)];
  });
  return whole.safeExtend(Object.fromEntries(filledIn) as z.ZodRawShape);
}

function callNamed(name: string): CarriedCall {
  const call = AGENT_CALLS.find(({ declared }) => declared.name === name);
  if (call === undefined) throw new Error(`no such call: ${name}`);
  return call;
}

export const AGENT_TOOLS: readonly AgentTool[] = AGENT_CALLS.map((call) => {
  const { declared } = call;
  const { output, followUp } = declared;
  return {
    declared,
    call,
    input: inputOf(declared),
    output: output?.(fields),
    followUp: followUp === undefined ? undefined : { call: callNamed(followUp.name), idFrom: followUp.idFrom },
  };
});
