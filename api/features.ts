import { a2aFeature } from './conversations/a2a/a2a-feature.ts';
import { chatsFeature } from './conversations/chats/chats-feature.ts';
import { pipelineFeature } from './work/pipeline/pipeline-feature.ts';
import { testingFeature } from './evidence/testing/testing-feature.ts';
import { standardsFeature } from './crews/standards/standards-feature.ts';
import { agentsFeature } from './crews/agents/agents-feature.ts';
import { autonomyFeature } from './crews/autonomy/autonomy-feature.ts';
import { crewDataFeature } from './crews/crew-data/crew-data-feature.ts';
import { crewFilesFeature } from './crews/crew-files/crew-files-feature.ts';
import { crewsFeature } from './crews/crews/crews-feature.ts';
import { hostsFeature } from './crews/hosts/hosts-feature.ts';
import { portsFeature } from './crews/ports/ports-feature.ts';
import { provisioningFeature } from './crews/provisioning/provisioning-feature.ts';
import { skillsFeature } from './crews/skills/skills-feature.ts';
import { activityFeature } from './evidence/activity/activity-feature.ts';
import { auditFeature } from './evidence/audit/audit-feature.ts';
import { evalFeature } from './evidence/eval/eval-feature.ts';
import { gapsFeature } from './evidence/gaps/gaps-feature.ts';
import { journalFeature } from './evidence/journal/journal-feature.ts';
import { journalLogFeature } from './evidence/journal-log/journal-log-feature.ts';
import { validationFeature } from './evidence/validation/validation-feature.ts';
import { adminFeature } from './instance/admin/admin-feature.ts';
import { healthFeature } from './instance/health/health-feature.ts';
import { keysFeature } from './instance/keys/keys-feature.ts';
import { outboxFeature } from './instance/outbox/outbox-feature.ts';
import { systemFeature } from './instance/system/system-feature.ts';
import { mcpFeature } from './integrations/mcp/mcp-feature.ts';
import { entriesFeature } from './knowledge/entries/entries-feature.ts';
import { filesFeature } from './knowledge/files/files-feature.ts';
import { namespacesFeature } from './knowledge/namespaces/namespaces-feature.ts';
import { researchFeature } from './knowledge/research/research-feature.ts';
import { searchFeature } from './knowledge/search/search-feature.ts';
import { wikiFeature } from './knowledge/wiki/wiki-feature.ts';
import { ledgerFeature } from './money/ledger/ledger-feature.ts';
import { accountsFeature } from './people/accounts/accounts-feature.ts';
import { llmFeature } from './money/llm/llm-feature.ts';
import { approvalsFeature } from './people/approvals/approvals-feature.ts';
import { escalationsFeature } from './people/escalations/escalations-feature.ts';
import { identityFeature } from './people/identity/identity-feature.ts';
import { deliveriesFeature } from './people/deliveries/deliveries-feature.ts';
import { inboxFeature } from './people/inbox/inbox-feature.ts';
import { membersFeature } from './people/members/members-feature.ts';
import { onboardingFeature } from './people/onboarding/onboarding-feature.ts';
import { pagesFeature } from './people/pages/pages-feature.ts';
import { ssoFeature } from './people/sso/sso-feature.ts';
import { workspacesFeature } from './people/workspaces/workspaces-feature.ts';
import { credentialsFeature } from './vault/credentials/credentials-feature.ts';
import { keeperFeature } from './vault/keeper/keeper-feature.ts';
import { artifactsFeature } from './work/artifacts/artifacts-feature.ts';
import { checkpointsFeature } from './work/checkpoints/checkpoints-feature.ts';
import { issuesFeature } from './work/issues/issues-feature.ts';
import { jobsFeature } from './work/jobs/jobs-feature.ts';
import { missionsFeature } from './work/missions/missions-feature.ts';
import { peersFeature } from './work/peers/peers-feature.ts';
import { pauseFeature } from './work/pause/pause-feature.ts';
import { projectsFeature } from './work/projects/projects-feature.ts';
import { reviewsFeature } from './work/reviews/reviews-feature.ts';
import { runsFeature } from './work/runs/runs-feature.ts';
import { tasksFeature } from './work/tasks/tasks-feature.ts';
import { tokensFeature } from './work/tokens/tokens-feature.ts';

/** Every feature of the API, in any order. What is not in this list is not served. */
export const features = [
  a2aFeature,
  accountsFeature,
  activityFeature,
  adminFeature,
  agentsFeature,
  standardsFeature,
  pipelineFeature,
  testingFeature,
  approvalsFeature,
  artifactsFeature,
  auditFeature,
  autonomyFeature,
  chatsFeature,
  checkpointsFeature,
  credentialsFeature,
  crewDataFeature,
  crewFilesFeature,
  crewsFeature,
  entriesFeature,
  escalationsFeature,
  evalFeature,
  filesFeature,
  gapsFeature,
  healthFeature,
  hostsFeature,
  identityFeature,
  inboxFeature,
  deliveriesFeature,
  issuesFeature,
  jobsFeature,
  journalFeature,
  journalLogFeature,
  keeperFeature,
  keysFeature,
  ledgerFeature,
  llmFeature,
  mcpFeature,
  membersFeature,
  missionsFeature,
  pauseFeature,
  namespacesFeature,
  onboardingFeature,
  outboxFeature,
  pagesFeature,
  peersFeature,
  portsFeature,
  projectsFeature,
  provisioningFeature,
  reviewsFeature,
  researchFeature,
  runsFeature,
  searchFeature,
  skillsFeature,
  ssoFeature,
  systemFeature,
  tasksFeature,
  tokensFeature,
  validationFeature,
  wikiFeature,
  workspacesFeature,
] as const;

/** One of the features; `PublicDeps<ApiFeature>` is what all public routes need. */
export type ApiFeature = (typeof features)[number];
