import type { WaitedEscalation } from '../../db/escalations/read-escalations.ts';
import type { JournalWriter } from '../../db/journal/journal-writer.ts';
import type { LedgerWriter } from '../../db/ledger/ledger-writer.ts';
import type { WaitedQuery } from '../../db/peers/read-peer-requests.ts';
import type { Database } from '../../db/kernel/database.ts';
import type { RateCard } from '../../domain/ledger/rate-card.ts';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Route } from '../kernel/route.ts';
import type { Waiters } from '../waits/waiters.ts';
import type { ThisHost } from './crew-directory.ts';
import { createInternalAgentRoutes } from './internal-agent-routes.ts';
import { createInternalAnswerRoutes } from './internal-answer-routes.ts';
import { createInternalCostRoutes } from './internal-cost-routes.ts';
import { createInternalCredentialRoutes } from './internal-credential-routes.ts';
import { createInternalCrewFileRoutes } from './internal-crew-file-routes.ts';
import { createInternalCrewRoutes } from './internal-crew-routes.ts';
import { createInternalEscalationRoutes } from './internal-escalation-routes.ts';
import { createInternalIssueRoutes } from './internal-issue-routes.ts';
import { createInternalJournalRoutes } from './internal-journal-routes.ts';
import { createInternalMakingRoutes } from './internal-making-routes.ts';
import { createInternalMissionRoutes } from './internal-mission-routes.ts';
import { createInternalPeerRoutes } from './internal-peer-routes.ts';
import { createInternalPortRoutes } from './internal-port-routes.ts';
import { createInternalRunRoutes } from './internal-run-routes.ts';

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
