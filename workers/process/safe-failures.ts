import { CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { Logger } from '../../platform/logging/logger.ts';

/**
 * What leaves an activity by failing is kept in a workflow's history: only a code. The error itself, which may quote
 * rows, paths or output, goes to the log.
 */
export function safeFailures(log: Pick<Logger, 'warn'>): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) throw error;
          if (error instanceof ApplicationFailure) throw error;
          const code = codeOf(error);
          log.warn(
            { err: error, activity: context.info.activityType, attempt: context.info.attempt, code },
            'activity failed',
          );
          throw ApplicationFailure.create({ type: code, message: code, nonRetryable: false });
        }
      },
    },
  });
}

function codeOf(error: unknown): string {
  if (error instanceof CrewshipError) return error.code;
  if (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[A-Za-z0-9_]{1,64}$/.test(error.code)
  ) {
    return error.code;
  }
  return 'unexpected';
}
