import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  isGrpcServiceError,
  ServiceError,
} from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import {
  WORKFLOW_DETAILS,
  type WorkflowAddress,
  type WorkflowKind,
  workflowId,
} from '../../domain/kernel/outbox/outbox-command.ts';
import { searchAttributes } from './search-attributes.ts';

export const CONTROL_TASK_QUEUE = 'control';

/** Task queue of one Docker host's worker. */
export function hostTaskQueue(hostId: string): string {
  return `docker-${hostId}`;
}

/** Task queue of the builds on one Docker host. */
export function buildTaskQueue(hostId: string): string {
  return `docker-${hostId}-builds`;
}

export type TellWorkflowResult = 'delivered' | { readonly refused: string } | { readonly retry: string };

const GRPC_INVALID_ARGUMENT = 3;

/**
 * Starts a row's workflow if it was never started, and tells it to read its row again. A workflow that has closed
 * has nothing left to hear, so that counts as delivered; with `again` another one is started under its id.
 */
export async function tellWorkflow(
  client: Client,
  kind: WorkflowKind,
  address: WorkflowAddress,
  options: { requestId: string | null; deadlineMs: number; again?: boolean },
): Promise<TellWorkflowResult> {
  const input: WorkflowAddress = { workspaceId: address.workspaceId, id: address.id, generation: address.generation };
  try {
    await client.withDeadline(Date.now() + options.deadlineMs, () =>
      client.workflow.signalWithStart(`${kind}Workflow`, {
        workflowId: workflowId(kind, address),
        taskQueue: CONTROL_TASK_QUEUE,
        args: [input],
        signal: 'changed',
        signalArgs: [options.requestId],
        workflowIdReusePolicy: options.again === true ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
        staticSummary: `${kind} ${address.id}`,
        staticDetails: WORKFLOW_DETAILS[kind],
        memo: { request_id: options.requestId },
        typedSearchAttributes: new TypedSearchAttributes([
          { key: searchAttributes.workspaceId, value: address.workspaceId },
          { key: searchAttributes.kind, value: kind },
        ]),
      }),
    );
    return 'delivered';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'delivered';
    return classify(error);
  }
}

function classify(error: unknown): TellWorkflowResult {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(cause)) {
    // A namespace without our search attributes, or credentials it does not take, are no fault of the command: it is
    // carried out once they are set right.
    if (cause.code === GRPC_INVALID_ARGUMENT && !/search attribute/i.test(cause.details)) {
      return { refused: 'temporal_invalid_argument' };
    }
    return { retry: `temporal_grpc_${cause.code}` };
  }
  return { retry: 'temporal_unavailable' };
}
