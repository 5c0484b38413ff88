/** Queues of background work, by who registers them. */
export const QUEUE_NAMES = ['deliveries', 'mail', 'maintenance'] as const;

/** What all keys of a stack's queues begin with. */
export function queuePrefix(stackId: string): string {
  return `crewship:queues:${stackId}`;
}
