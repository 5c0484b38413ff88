import { Connection } from '@temporalio/client';
import { TEST_TEMPORAL_ADDRESS } from './test-services.ts';

const KEYWORD = 2;
const SEARCH_ATTRIBUTES = [
  'CrewshipWorkspaceId',
  'CrewshipCrewId',
  'CrewshipMissionId',
  'CrewshipKind',
  'CrewshipStatus',
];

/** A namespace of one's own, so that test files share a Temporal server without hearing each other's task queues. */
export async function createTemporalNamespace(name: string, address = TEST_TEMPORAL_ADDRESS): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace: name,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await connection.operatorService.addSearchAttributes({
      namespace: name,
      searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((attribute) => [attribute, KEYWORD])),
    });
  } finally {
    await connection.close();
  }
}
