import { CREW_AGENT_CALLS } from '../../crews/agents/agent-calls.ts';
import { AUTONOMY_CALLS } from '../../crews/autonomy/autonomy-calls.ts';
import { CREW_CALLS } from '../../crews/crews/crew-calls.ts';
import { PORT_CALLS } from '../../crews/ports/port-calls.ts';
import type { AgentCall } from '../../kernel/schemas/agent-call.ts';
import { APPROVAL_CALLS } from '../../people/approvals/approval-calls.ts';
import { ESCALATION_CALLS } from '../../people/escalations/escalation-calls.ts';
import { KEEPER_CALLS } from '../../vault/keeper/keeper-calls.ts';
import { ARTIFACT_CALLS } from '../../work/artifacts/artifact-calls.ts';
import { ISSUE_CALLS } from '../../work/issues/issue-calls.ts';
import { MISSION_CALLS } from '../../work/missions/mission-calls.ts';
import { PEER_CALLS } from '../../work/peers/peer-calls.ts';
import { FOLDER_CALLS } from '../../work/projects/folder-calls.ts';

/** Everything that agents call through their sidecar, each a tool: docs/contracts/internal-ipc.md, Which tools. */
export const CREW_TOOLS: readonly AgentCall[] = [
  ...ESCALATION_CALLS,
  ...APPROVAL_CALLS,
  ...CREW_AGENT_CALLS,
  ...PEER_CALLS,
  ...CREW_CALLS,
  ...ISSUE_CALLS,
  ...ARTIFACT_CALLS,
  ...FOLDER_CALLS,
  ...MISSION_CALLS,
  ...AUTONOMY_CALLS,
  ...PORT_CALLS,
  ...KEEPER_CALLS,
];
