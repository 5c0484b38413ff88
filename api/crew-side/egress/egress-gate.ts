import { readCrewNetwork } from '../../../db/crews/crews/crew-network.ts';
import { playsScenario } from '../../../db/evidence/testing/test-runs-store.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import { type EgressTarget, type EgressVerdict, judgeTarget } from '../../../domain/crews/egress/egress-target.ts';
import { LLM_BASE_URLS } from '../../../domain/crews/sidecar/llm-paths.ts';
import { type LlmProvider, providerAt } from '../../../domain/money/llm/llm-provider.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ProvenCaller } from '../caller/prove-caller.ts';
import type { EgressJournal } from './egress-journal.ts';
import type { PublicAddresses, ResolvedAddress } from '../../../platform/guarded-http/public-addresses.ts';

/** A way out that was granted: these addresses and no others. */
export interface Admitted {
  readonly target: EgressTarget;
  readonly verdict: EgressVerdict;
  readonly addresses: readonly ResolvedAddress[];
}

export interface EgressGate {
  /**
   * Judges by the crew's row as it is now and by what the name resolves to now. Throws `egress_denied`, which names
   * host and rule and is in the journal, and `egress_failed` for a name that does not resolve.
   */
  admit(caller: ProvenCaller, target: EgressTarget, signal?: AbortSignal): Promise<Admitted>;
}

function denied(target: EgressTarget, rule: string): CrewshipError {
  const { host, port } = target;
  return new CrewshipError('egress_denied', `${host}:${port} is not for this crew: ${rule}`, {
    extensions: { host, port, rule },
  });
}

/** What is called there is held for, given its key and counted on its way, or it is not called. */
function deniedAsMetered(target: EgressTarget, provider: LlmProvider): CrewshipError {
  const { host, port } = target;
  const use = LLM_BASE_URLS[provider];
  return new CrewshipError('egress_denied', `${host}:${port} is called at ${use}, where the host adds the key`, {
    extensions: { host, port, rule: METERED_RULE, use },
  });
}

const METERED_RULE = 'metered provider';
/** Nothing but calls of models leaves it. */
const SCENARIO_RULE = 'scenario run';

export function createEgressGate(deps: {
  readonly reads: ReadPool;
  readonly addresses: PublicAddresses;
  readonly ports: ReadonlySet<number>;
  /** Where providers of models are called. */
  readonly providers: Parameters<typeof providerAt>[1];
  readonly journal: Pick<EgressJournal, 'note'>;
}): EgressGate {
  return {
    async admit(caller, target, signal) {
      const refuse = (rule: string) => {
        deps.journal.note(caller, target, { allowed: false, rule }, { connections: 1, bytesSent: 0, bytesReceived: 0 });
        return denied(target, rule);
      };
      const provider = providerAt(target, deps.providers);
      if (provider !== null) {
        refuse(METERED_RULE);
        throw deniedAsMetered(target, provider);
      }
      if (await playsScenario(deps.reads, { ...caller.crew, runId: caller.run?.runId ?? null })) {
        throw refuse(SCENARIO_RULE);
      }
      const policy = await readCrewNetwork(deps.reads, caller.crew);
      if (policy === null) throw notFound('crew');
      const verdict = judgeTarget(policy, target, deps.ports);
      // A name that is not allowed is not looked up either: a look-up can carry words out.
      if (!verdict.allowed) throw refuse(verdict.rule);
      const found = await deps.addresses.of(target.host, { share: caller.crew.workspaceId, signal });
      if ('refused' in found) throw refuse(found.refused);
      return { target, verdict, addresses: found.addresses };
    },
  };
}
