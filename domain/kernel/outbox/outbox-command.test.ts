import { expect, test } from 'vitest';
import { buildKey, parseBuildKey, parseWorkflowId, workflowId } from './outbox-command.ts';

test('a workflow id names its row, whatever the id of that looks like', () => {
  for (const address of [
    { kind: 'mission', id: 'cm4x_9-2', generation: 3 },
    { kind: 'escalation', id: 'run-7', generation: 12 },
    { kind: 'run', id: 'c-1-2', generation: 0 },
    { kind: 'build', id: buildKey(`h-${'9'.repeat(48)}`, 'a1'.repeat(32)), generation: 2 },
  ] as const) {
    expect(parseWorkflowId(workflowId(address.kind, address))).toEqual(address);
  }
});

test('a workflow of somebody else’s is not taken for one of ours', () => {
  for (const id of ['payment-12-3', 'mission-abc', 'run-', 'crew-a b-1', 'mission-abc-1x', '']) {
    expect(parseWorkflowId(id)).toBeNull();
  }
});

test('a build is addressed by its host and its hash', () => {
  const address = { hostId: 'host-1-a', configHash: '0f'.repeat(32) };
  expect(parseBuildKey(buildKey(address.hostId, address.configHash))).toEqual(address);
});
