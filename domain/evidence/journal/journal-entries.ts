import { skillEntries } from '../../crews/skills/skill-entries.ts';
import { chatAudits, chatEntries } from '../../conversations/chats/chat-entries.ts';
import { agentAudits, agentEntries } from '../../crews/agents/agent-entries.ts';
import { crewDataEntries } from '../../crews/crew-data/crew-data-entries.ts';
import { crewFileEntries } from '../../crews/crew-files/crew-file-entries.ts';
import { crewAudits, crewEntries } from '../../crews/crews/crew-entries.ts';
import { egressEntries } from '../../crews/egress/egress-entries.ts';
import { hostEntries } from '../../crews/hosts/host-entries.ts';
import { portEntries } from '../../crews/ports/port-entries.ts';
import { provisionEntries } from '../../crews/provisioning/provision-entries.ts';
import { evalEntries } from '../eval/eval-entries.ts';
import { journalLogEntries } from '../journal-log/journal-log-entries.ts';
import { knowledgeEntries } from '../../knowledge/entries/knowledge-entries.ts';
import { fileEntries } from '../../knowledge/files/file-entries.ts';
import { namespaceEntries } from '../../knowledge/namespaces/namespace-entries.ts';
import { testingEntries } from '../testing/testing-entries.ts';
import { gapEntries } from '../gaps/gap-entries.ts';
import { validationEntries } from '../validation/validation-entries.ts';
import { keyEntries } from '../../instance/keys/key-entries.ts';
import { documentEntries } from '../../instance/config-documents/document-entries.ts';
import { adminEntries } from '../../instance/admin/admin-entries.ts';
import { auditEntries } from '../audit/audit-entries.ts';
import { outboxEntries } from '../../instance/outbox/outbox-entries.ts';
import { reconcileEntries } from '../../instance/reconcile/reconcile-entries.ts';
import { settingEntries } from '../../instance/settings/setting-entries.ts';
import { researchEntries } from '../../knowledge/research/research-entries.ts';
import { wikiEntries } from '../../knowledge/wiki/wiki-entries.ts';
import { mcpEntries } from '../../integrations/mcp/mcp-entries.ts';
import { type AuditKinds, type AuditVerb, AUDIT_VERBS, type PayloadsOf } from '../../kernel/journal/entry-kind.ts';
import { joinFamilies } from '../../kernel/journal/join-families.ts';
import { budgetAudits, ledgerEntries } from '../../money/ledger/ledger-entries.ts';
import { accountEntries } from '../../people/accounts/account-entries.ts';
import { deliveryEntries } from '../../people/deliveries/delivery-entries.ts';
import { inboxEntries } from '../../people/inbox/inbox-entries.ts';
import { approvalEntries } from '../../people/approvals/approval-entries.ts';
import { escalationEntries } from '../../people/escalations/escalation-entries.ts';
import { identityAudits, identityEntries } from '../../people/identity/identity-entries.ts';
import { mailEntries } from '../../people/mail/mail-entries.ts';
import { memberEntries } from '../../people/members/member-entries.ts';
import { ssoEntries } from '../../people/sso/sso-entries.ts';
import { workspaceAudits } from '../../people/workspaces/workspace-entries.ts';
import { credentialAudits, credentialEntries } from '../../vault/credentials/credential-entries.ts';
import { keeperEntries } from '../../vault/keeper/keeper-entries.ts';
import { checkpointAudits, checkpointEntries } from '../../work/checkpoints/checkpoint-entries.ts';
import { artifactEntries } from '../../work/artifacts/artifact-entries.ts';
import { jobEntries } from '../../work/jobs/job-entries.ts';
import { issueEntries } from '../../work/issues/issue-entries.ts';
import { missionAudits, missionEntries } from '../../work/missions/mission-entries.ts';
import { peerEntries } from '../../work/peers/peer-entries.ts';
import { folderEntries } from '../../work/projects/folder-entries.ts';
import { pauseEntries } from '../../work/pause/pause-entries.ts';
import { projectEntries } from '../../work/projects/project-entries.ts';
import { reviewEntries } from '../../work/reviews/review-entries.ts';
import { tokenEntries } from '../../work/tokens/token-entries.ts';
import { runEntries } from '../../work/runs/run-entries.ts';
import { taskEntries } from '../../work/tasks/task-entries.ts';

/** All types of entries but `audit.entity_*`: each is declared once, by the family that writes it. */
const ENTRY_KINDS = joinFamilies(
  chatEntries,
  missionEntries,
  taskEntries,
  runEntries,
  peerEntries,
  issueEntries,
  artifactEntries,
  projectEntries,
  folderEntries,
  tokenEntries,
  reviewEntries,
  jobEntries,
  checkpointEntries,
  pauseEntries,
  crewEntries,
  agentEntries,
  hostEntries,
  provisionEntries,
  portEntries,
  crewDataEntries,
  crewFileEntries,
  egressEntries,
  approvalEntries,
  inboxEntries,
  deliveryEntries,
  escalationEntries,
  identityEntries,
  accountEntries,
  mailEntries,
  ssoEntries,
  memberEntries,
  ledgerEntries,
  credentialEntries,
  keeperEntries,
  mcpEntries,
  keyEntries,
  documentEntries,
  settingEntries,
  outboxEntries,
  auditEntries,
  adminEntries,
  reconcileEntries,
  evalEntries,
  validationEntries,
  gapEntries,
  testingEntries,
  researchEntries,
  wikiEntries,
  namespaceEntries,
  fileEntries,
  knowledgeEntries,
  skillEntries,
  journalLogEntries,
);

/** What `audit.entity_*` entries say, by the type of their target. */
const AUDIT_KINDS = joinFamilies(
  missionAudits,
  checkpointAudits,
  crewAudits,
  agentAudits,
  identityAudits,
  workspaceAudits,
  budgetAudits,
  credentialAudits,
  chatAudits,
) satisfies AuditKinds;

type Payloads = PayloadsOf<typeof ENTRY_KINDS>;
type Audits = typeof AUDIT_KINDS;

/** A type of entry whose payload follows from it alone. */
export type PlainEntryType = keyof Payloads;
export type AuditEntryType = `audit.entity_${AuditVerb}`;
export type EntryType = PlainEntryType | AuditEntryType;
export type PayloadOf<Type extends PlainEntryType> = Payloads[Type];

export type AuditTarget = keyof Audits;
/** What is journalled of these targets. */
export type AuditVerbOf<Target extends AuditTarget> = keyof Audits[Target] & AuditVerb;
export type AuditPayload<Target extends AuditTarget, Verb extends AuditVerb> = PayloadsOf<Audits[Target]>[Verb &
  keyof Audits[Target]];

/** Every type of entry there is, but for those that crews make up, in the order of their names. */
export const ENTRY_TYPES: readonly EntryType[] = [
  ...(Object.keys(ENTRY_KINDS) as PlainEntryType[]),
  ...AUDIT_VERBS.map((verb) => `audit.entity_${verb}` as const),
].sort();

export const AUDIT_TARGETS: readonly AuditTarget[] = (Object.keys(AUDIT_KINDS) as AuditTarget[]).sort();
