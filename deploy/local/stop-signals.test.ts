import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onStopSignals } from './stop-signals.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

test('one Ctrl-C that arrives three times is one request; a later one forces', () => {
  const [stop, force] = [vi.fn(), vi.fn()];
  const giveBack = onStopSignals(stop, force);
  process.emit('SIGINT');
  process.emit('SIGINT');
  process.emit('SIGTERM');
  expect([stop.mock.calls.length, force.mock.calls.length]).toEqual([1, 0]);
  vi.setSystemTime(Date.now() + 1_000);
  process.emit('SIGINT');
  expect([stop.mock.calls.length, force.mock.calls.length]).toEqual([1, 1]);
  giveBack();
});
