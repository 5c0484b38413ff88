import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';

/** Who acts: the agent that `agent_id` names, or the agent of the run that asks. */
export function actingAgent(named: string | undefined, asking: string | null): string {
  const agentId = named ?? asking;
  if (agentId === null) throw invalidField('agent_id', 'is required, as no run says who asks');
  return agentId;
}
