import type { Database } from '../db/kernel/database.ts';
import type { ImagePolicy } from '../db/provisioning/provision-commands.ts';
import type { KeyRing } from '../platform/crypto/key-ring.ts';
import { createActivityRoutes } from './activity/activity-routes.ts';
import { createAgentRoutes } from './agents/agent-routes.ts';
import { createApprovalRoutes } from './approvals/approval-routes.ts';
import { createCheckpointRoutes } from './checkpoints/checkpoint-routes.ts';
import { createCrewConnectionRoutes } from './crews/crew-connection-routes.ts';
import { createCrewMoveRoutes } from './crews/crew-move-routes.ts';
import { createCrewRoutes } from './crews/crew-routes.ts';
import { createAgentCredentialRoutes } from './credentials/agent-credential-routes.ts';
import { createCredentialRoutes } from './credentials/credential-routes.ts';
import { createEscalationRoutes } from './escalations/escalation-routes.ts';
import { createPortExposeRoutes } from './exposed/port-expose-routes.ts';
import type { ReadinessProbe } from './health/check-readiness.ts';
import { createHealthRoutes } from './health/health-routes.ts';
import { createHostRoutes } from './hosts/host-routes.ts';
import { createBootstrapRoutes } from './identity/bootstrap-routes.ts';
import { createCliTokenRoutes } from './identity/cli-token-routes.ts';
import { createInboxRoutes } from './inbox/inbox-routes.ts';
import { createJournalRoutes } from './journal/journal-routes.ts';
import type { Route } from './kernel/route.ts';
import type { AttemptLimiter } from './limits/attempt-limiter.ts';
import type { ProvisionLimiter } from './limits/provision-limiter.ts';
import { createMissionActionRoutes } from './missions/mission-action-routes.ts';
import { createMissionMetricsRoutes } from './missions/mission-metrics-routes.ts';
import { createMissionRoutes } from './missions/mission-routes.ts';
import { createTaskRoutes } from './missions/task-routes.ts';
import { createToolCallRoutes } from './mcp/tool-call-routes.ts';
import { createOutboxRoutes } from './outbox/outbox-routes.ts';
import { createBudgetRoutes } from './paymaster/budget-routes.ts';
import { createSpendRoutes } from './paymaster/spend-routes.ts';
import { createCatalogRoutes } from './provisioning/catalog-routes.ts';
import { createImageRoutes } from './provisioning/image-routes.ts';
import { createProvisionRoutes } from './provisioning/provision-routes.ts';
import type { ProvisioningCatalogs } from './provisioning/provisioning-catalogs.ts';
import type { Realtime } from './realtime/realtime.ts';
import type { SocketTokens } from './realtime/socket-token.ts';
import { createSocketTokenRoutes } from './realtime/socket-token-routes.ts';
import { createRunRoutes } from './runs/run-routes.ts';
import { createWorkspaceRoutes } from './workspaces/workspace-routes.ts';

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
