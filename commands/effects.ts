import type { TransactionEffects } from '../db/kernel/transaction-effects.ts';
import { AUTONOMY_GATE, autonomyDecision } from './engine/autonomy/autonomy-gate.ts';
import { TASK_APPROVAL, taskDecision } from './engine/missions/task-approvals.ts';
import { settleStagedCredential, stageCredential } from './vault/credentials/staged-credential.ts';

/** Who answers what the engine's transitions bring about: one line an effect, added by the family that it concerns. */
export const transactionEffects: TransactionEffects = {
  credentialProposed: stageCredential,
  credentialDecided: settleStagedCredential,
  approvalDecided: {
    [AUTONOMY_GATE]: autonomyDecision,
    [TASK_APPROVAL]: taskDecision,
  },
};
