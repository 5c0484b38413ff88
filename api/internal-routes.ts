import type { WaitedEscalation } from '../db/people/escalations/read-escalations.ts';
import type { JournalWriter } from '../commands/group-commit/journal-writer.ts';
import type { LedgerWriter } from '../commands/group-commit/ledger-writer.ts';
import type { WaitedQuery } from '../db/work/peers/read-peer-requests.ts';
import type { Database } from '../db/kernel/database.ts';
import type { RateCard } from '../domain/money/ledger/rate-card.ts';
import type { KeyRing } from '../platform/crypto/key-ring.ts';
import type { Route } from './http/kernel/route.ts';
import type { Waiters } from './http/waits/waiters.ts';
import type { ThisHost } from './crews/crew-files/crew-directory.ts';
import { createInternalAgentRoutes } from './crews/agents/agent-sidecar-routes.ts';
import { createInternalAnswerRoutes } from './people/escalations/answer-sidecar-routes.ts';
import { createInternalCostRoutes } from './money/ledger/cost-sidecar-routes.ts';
import { createInternalCredentialRoutes } from './vault/credentials/credential-sidecar-routes.ts';
import { createInternalCrewFileRoutes } from './crews/crew-files/crew-file-sidecar-routes.ts';
import { createInternalCrewRoutes } from './crews/crews/crew-sidecar-routes.ts';
import { createInternalEscalationRoutes } from './people/escalations/escalation-sidecar-routes.ts';
import { createInternalIssueRoutes } from './work/issues/issue-sidecar-routes.ts';
import { createInternalJournalRoutes } from './evidence/journal/journal-sidecar-routes.ts';
import { createInternalMakingRoutes } from './crews/autonomy/autonomy-sidecar-routes.ts';
import { createInternalMissionRoutes } from './work/missions/mission-sidecar-routes.ts';
import { createInternalPeerRoutes } from './work/peers/peer-sidecar-routes.ts';
import { createInternalPortRoutes } from './crews/ports/port-sidecar-routes.ts';
import { createInternalRunRoutes } from './work/runs/run-sidecar-routes.ts';

export interface InternalRouteDeps {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly escalationWaiters: Waiters<WaitedEscalation>;
  readonly queryWaiters: Waiters<WaitedQuery>;
  readonly ledger: Pick<LedgerWriter, 'record' | 'reserve'>;
  readonly journalWriter: Pick<JournalWriter, 'emit'>;
  readonly rateCard: () => RateCard;
  readonly host: ThisHost;
  /** Where the public listener is reached; addresses are relative without it. */
  readonly publicUrl: string | undefined;
}

/** Every route that crews' sidecars may call. Tests walk this list: a route that is not here does not exist. */
export function createInternalRoutes(deps: InternalRouteDeps): Route[] {
  return [
    ...createInternalEscalationRoutes(deps),
    ...createInternalAnswerRoutes(deps),
    ...createInternalCredentialRoutes(deps),
    ...createInternalAgentRoutes(deps),
    ...createInternalCrewRoutes(deps),
    ...createInternalCrewFileRoutes(deps),
    ...createInternalMakingRoutes(),
    ...createInternalIssueRoutes(deps),
    ...createInternalMissionRoutes(deps),
    ...createInternalPeerRoutes(deps),
    ...createInternalRunRoutes(),
    ...createInternalPortRoutes(deps),
    ...createInternalCostRoutes(deps),
    ...createInternalJournalRoutes(deps),
  ];
}
