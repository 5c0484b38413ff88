import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FinishedWork, passCompletionGate } from './completion-gate.ts';

const thresholds = { auto_approve_threshold: 0.9, notify_threshold: 0.7, require_approval_below: 0.4 };
const gate = (confidence: number | null, approvalRequired = false, crew: FinishedWork['thresholds'] = thresholds) =>
  passCompletionGate({ confidence, approvalRequired, thresholds: crew });

test('the rules apply in their order', () => {
  expect(gate(0.9, true)).toEqual({ status: 'COMPLETED', lowConfidence: false });
  expect(gate(0.89, true)).toEqual({ status: 'AWAITING_APPROVAL', reason: 'approval_required' });
  expect(gate(null, true)).toEqual({ status: 'AWAITING_APPROVAL', reason: 'approval_required' });
  expect(gate(0.1, false, null)).toEqual({ status: 'COMPLETED', lowConfidence: false });
  expect(gate(null)).toEqual({ status: 'COMPLETED', lowConfidence: false });
  expect(gate(0.39)).toEqual({ status: 'AWAITING_APPROVAL', reason: 'low_confidence' });
  expect(gate(0.4)).toEqual({ status: 'COMPLETED', lowConfidence: true });
  expect(gate(0.7)).toEqual({ status: 'COMPLETED', lowConfidence: false });
});

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const work = fc.record({
  confidence: fc.option(unit),
  approvalRequired: fc.boolean(),
  thresholds: fc.option(
    fc
      .record(
        { auto_approve_threshold: unit, notify_threshold: unit, require_approval_below: unit },
        { requiredKeys: [] },
      )
      .filter((crew) => (crew.auto_approve_threshold ?? 2) > (crew.require_approval_below ?? 0)),
  ),
});

test('whatever the thresholds, more confidence never asks for more people', () => {
  fc.assert(
    fc.property(work, unit, unit, (finished, one, other) => {
      const low = passCompletionGate({ ...finished, confidence: Math.min(one, other) });
      const high = passCompletionGate({ ...finished, confidence: Math.max(one, other) });
      if (low.status === 'COMPLETED') expect(high.status).toBe('COMPLETED');
      if (low.status === 'COMPLETED' && !low.lowConfidence) {
        expect(high).toEqual({ status: 'COMPLETED', lowConfidence: false });
      }
    }),
  );
});

test('whatever the thresholds, a task that requires approval passes only by the automatic one', () => {
  fc.assert(
    fc.property(work, (finished) => {
      const decision = passCompletionGate({ ...finished, approvalRequired: true });
      const limit = finished.thresholds?.auto_approve_threshold;
      const automatic = limit !== undefined && finished.confidence !== null && finished.confidence >= limit;
      expect(decision.status).toBe(automatic ? 'COMPLETED' : 'AWAITING_APPROVAL');
    }),
  );
});

test('nobody is asked where neither the task nor the crew says so', () => {
  fc.assert(
    fc.property(fc.option(unit), (confidence) => {
      expect(passCompletionGate({ confidence, approvalRequired: false, thresholds: null })).toEqual({
        status: 'COMPLETED',
        lowConfidence: false,
      });
    }),
  );
});
