import type { TransactionEffects } from '../db/kernel/transaction-effects.ts';
import { chatTurnJob } from '../domain/conversations/chats/chat-turn-job.ts';
import { provisionJob } from '../domain/crews/provisioning/provision-job.ts';
import { ACTION_KIND_NAMES } from '../domain/people/approvals/action-kinds.ts';
import { actionDecision } from './engine/approvals/end-approval.ts';
import { evalJob } from '../domain/evidence/eval/eval-job.ts';
import { gapReportJob } from '../domain/evidence/gaps/gap-report-job.ts';
import { researchJob } from '../domain/knowledge/research/research-job.ts';
import { ingestJob, reingestJob } from '../domain/knowledge/files/ingest-jobs.ts';
import { meditationJob } from '../domain/knowledge/wiki/meditation-job.ts';
import { AUTONOMY_GATE, autonomyDecision } from './engine/autonomy/autonomy-gate.ts';
import { taskDecision } from './engine/tasks/review-task.ts';
import { TASK_APPROVAL } from './engine/tasks/task-approval-kind.ts';
import { taskRunJobEffect } from './engine/tasks/task-run-job-effect.ts';
import { layoutCleanupJob } from '../domain/work/artifacts/layout-cleanup-job.ts';
import { taskRunJob } from '../domain/work/tasks/task-run-job.ts';
import { type LicenseLimits, UNLIMITED } from '../domain/instance/license/license.ts';
import { evalJobEffect } from './evidence/eval/eval-suite-runs.ts';
import { testRunJob } from '../domain/evidence/testing/test-run-job.ts';
import { testRunEffect } from './evidence/testing/test-run-effect.ts';
import { gapReportEffect } from './evidence/gaps/gap-report-effect.ts';
import { researchEffect } from './knowledge/research/research-effect.ts';
import { ingestEffect, reingestEffect } from './knowledge/files/ingest-effect.ts';
import { meditationEffect } from './knowledge/wiki/meditation-effect.ts';
import { fileDocument, moveDocuments } from './knowledge/files/documents-in-folders.ts';
import { limitedBy } from './instance/license/limited-by.ts';
import { provisionJobEffect } from './engine/provisioning/provision-job-effect.ts';
import { chatTurnJobEffect } from './engine/turns/chat-turn-job-effect.ts';
import { layoutCleanupEffect } from './work/artifacts/layout-cleanup-effect.ts';
import { followMission } from './work/issues/follow-mission.ts';
import { REVIEW_APPROVAL } from '../domain/work/reviews/review-item.ts';
import { FOLDER_APPROVAL } from '../domain/work/projects/folder.ts';
import { scaffoldJob } from '../domain/work/projects/scaffold-job.ts';
import { folderUpdateDecision } from './work/projects/decide-folder-update.ts';
import { scaffoldEffect } from './work/projects/scaffold-effect.ts';
import { handOverProjects } from './work/projects/hand-over-projects.ts';
import { reviewDecision } from './work/reviews/decide-review.ts';
import { settleStagedCredential, stageCredential } from './vault/credentials/staged-credential.ts';

/** Who answers what transitions bring about: one line an effect, added by the family that it concerns. */
const effects: Omit<TransactionEffects, 'placeTaken'> = {
  credentialProposed: stageCredential,
  credentialDecided: settleStagedCredential,
  memberLeaving: handOverProjects,
  missionMoved: followMission,
  foldersChanged: moveDocuments,
  documentFiled: fileDocument,
  approvalDecided: {
    [AUTONOMY_GATE]: autonomyDecision,
    [TASK_APPROVAL]: taskDecision,
    [REVIEW_APPROVAL]: reviewDecision,
    [FOLDER_APPROVAL]: folderUpdateDecision,
    ...Object.fromEntries(ACTION_KIND_NAMES.map((kind) => [kind, actionDecision])),
  },
  jobs: {
    [provisionJob.name]: provisionJobEffect,
    [taskRunJob.name]: taskRunJobEffect,
    [chatTurnJob.name]: chatTurnJobEffect,
    [gapReportJob.name]: gapReportEffect,
    [researchJob.name]: researchEffect,
    [meditationJob.name]: meditationEffect,
    [ingestJob.name]: ingestEffect,
    [reingestJob.name]: reingestEffect,
    [evalJob.name]: evalJobEffect,
    [testRunJob.name]: testRunEffect,
    [layoutCleanupJob.name]: layoutCleanupEffect,
    [scaffoldJob.name]: scaffoldEffect,
  },
};

/** The effects of an instance with this license. */
export function effectsWith(license: LicenseLimits): TransactionEffects {
  return { ...effects, placeTaken: limitedBy(license) };
}

/** The effects of one without limits. */
export const transactionEffects: TransactionEffects = effectsWith(UNLIMITED);
