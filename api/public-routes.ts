import type { Database } from '../db/kernel/database.ts';
import type { ImagePolicy } from '../commands/engine/provisioning/provision-commands.ts';
import type { KeyRing } from '../platform/crypto/key-ring.ts';
import { createActivityRoutes } from './evidence/activity/activity-routes.ts';
import { createAgentRoutes } from './crews/agents/agent-routes.ts';
import { createApprovalRoutes } from './people/approvals/approval-routes.ts';
import { createCheckpointRoutes } from './work/checkpoints/checkpoint-routes.ts';
import { createCrewConnectionRoutes } from './crews/crews/crew-connection-routes.ts';
import { createCrewMoveRoutes } from './crews/crews/crew-move-routes.ts';
import { createCrewRoutes } from './crews/crews/crew-routes.ts';
import { createAgentCredentialRoutes } from './vault/credentials/agent-credential-routes.ts';
import { createCredentialRoutes } from './vault/credentials/credential-routes.ts';
import { createEscalationRoutes } from './people/escalations/escalation-routes.ts';
import { createPortExposeRoutes } from './crews/ports/port-expose-routes.ts';
import type { ReadinessProbe } from './instance/health/check-readiness.ts';
import { createHealthRoutes } from './instance/health/health-routes.ts';
import { createHostRoutes } from './crews/hosts/host-routes.ts';
import { createBootstrapRoutes } from './people/identity/bootstrap-routes.ts';
import { createCliTokenRoutes } from './people/identity/cli-token-routes.ts';
import { createInboxRoutes } from './people/inbox/inbox-routes.ts';
import { createJournalRoutes } from './evidence/journal/journal-routes.ts';
import type { Route } from './http/kernel/route.ts';
import type { AttemptLimiter } from './http/limits/attempt-limiter.ts';
import type { ProvisionLimiter } from './crews/provisioning/provision-limiter.ts';
import { createMissionActionRoutes } from './work/missions/mission-action-routes.ts';
import { createMissionMetricsRoutes } from './work/missions/mission-metrics-routes.ts';
import { createMissionRoutes } from './work/missions/mission-routes.ts';
import { createTaskRoutes } from './work/missions/task-routes.ts';
import { createToolCallRoutes } from './integrations/mcp/tool-call-routes.ts';
import { createOutboxRoutes } from './instance/outbox/outbox-routes.ts';
import { createBudgetRoutes } from './money/ledger/budget-routes.ts';
import { createSpendRoutes } from './money/ledger/spend-routes.ts';
import { createCatalogRoutes } from './crews/provisioning/catalog-routes.ts';
import { createImageRoutes } from './crews/provisioning/image-routes.ts';
import { createProvisionRoutes } from './crews/provisioning/provision-routes.ts';
import type { ProvisioningCatalogs } from './crews/provisioning/provisioning-catalogs.ts';
import type { Realtime } from './http/streams/realtime.ts';
import type { SocketTokens } from './http/streams/socket-token.ts';
import { createSocketTokenRoutes } from './people/identity/socket-token-routes.ts';
import { createRunRoutes } from './work/runs/run-routes.ts';
import { createWorkspaceRoutes } from './people/workspaces/workspace-routes.ts';

export interface PublicRouteDeps {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly probes: readonly ReadinessProbe[];
  readonly allowSignup: boolean;
  readonly attempts: Pick<AttemptLimiter, 'count'>;
  readonly catalogs: Pick<ProvisioningCatalogs, 'features' | 'runtimes'>;
  readonly images: ImagePolicy;
  readonly provisions: ProvisionLimiter;
  readonly realtime: Realtime;
  readonly socketTokens: Pick<SocketTokens, 'issue'>;
  readonly forgetUser: (userId: string) => void;
}

/** Every route of the public listener. Tests walk this list: a route that is not here does not exist. */
export function createPublicRoutes(deps: PublicRouteDeps): Route[] {
  return [
    ...createHealthRoutes(deps),
    ...createBootstrapRoutes(deps),
    ...createCliTokenRoutes(deps),
    ...createSocketTokenRoutes(deps),
    ...createWorkspaceRoutes(deps),
    ...createCrewRoutes(deps),
    ...createCrewMoveRoutes(deps),
    ...createCatalogRoutes(deps),
    ...createProvisionRoutes(deps),
    ...createImageRoutes(deps),
    ...createCrewConnectionRoutes(deps),
    ...createPortExposeRoutes(deps),
    ...createAgentRoutes(deps),
    ...createCredentialRoutes(deps),
    ...createAgentCredentialRoutes(deps),
    ...createMissionRoutes(deps),
    ...createMissionActionRoutes(deps),
    ...createTaskRoutes(deps),
    ...createMissionMetricsRoutes(deps),
    ...createCheckpointRoutes(deps),
    ...createEscalationRoutes(deps),
    ...createApprovalRoutes(deps),
    ...createInboxRoutes(deps),
    ...createHostRoutes(deps),
    ...createOutboxRoutes(deps),
    ...createJournalRoutes(deps),
    ...createRunRoutes(deps),
    ...createActivityRoutes(deps),
    ...createSpendRoutes(deps),
    ...createBudgetRoutes(deps),
    ...createToolCallRoutes(deps),
  ];
}
