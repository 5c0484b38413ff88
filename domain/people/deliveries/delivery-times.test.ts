import { expect, test } from 'vitest';
import { deliveryPauseSeconds, DELIVERY_TRIES } from './delivery.ts';
import { digestAt, quietUntil } from './delivery-times.ts';

const PRAGUE = 'Europe/Prague';
const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];
const until = (quiet: { from: string; to: string; days?: number[]; time_zone?: string }, now: string) =>
  quietUntil({ days: ALL_DAYS, time_zone: PRAGUE, ...quiet }, new Date(now))?.toISOString() ?? null;

test('quiet hours are those of the person’s clocks, over midnight too, from the days that are named', () => {
  const night = { from: '22:00', to: '07:00' };
  expect(until(night, '2026-01-15T20:59:59Z')).toBeNull();
  expect(until(night, '2026-01-15T21:00:00Z')).toBe('2026-01-16T06:00:00.000Z');
  expect(until(night, '2026-01-16T05:59:59Z')).toBe('2026-01-16T06:00:00.000Z');
  expect(until(night, '2026-01-16T06:00:00Z')).toBeNull();
  // In summer Prague is two hours ahead.
  expect(until(night, '2026-07-15T20:00:00Z')).toBe('2026-07-16T05:00:00.000Z');
  // The night of a Thursday goes on in the morning of a Friday; that of the Friday does not begin.
  expect(until({ ...night, days: [4] }, '2026-01-16T05:00:00Z')).toBe('2026-01-16T06:00:00.000Z');
  expect(until({ ...night, days: [4] }, '2026-01-16T22:00:00Z')).toBeNull();
  expect(until({ from: '12:00', to: '13:30', days: [7], time_zone: 'UTC' }, '2026-01-18T13:00:00Z')).toBe(
    '2026-01-18T13:30:00.000Z',
  );
  expect(quietUntil(null, new Date())).toBeNull();
});

test('a night in which clocks are moved ends when they show the hour', () => {
  expect(until({ from: '22:00', to: '07:00' }, '2026-03-28T22:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
  expect(until({ from: '22:00', to: '07:00' }, '2026-10-24T22:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
  // 02:30 is skipped on that day.
  expect(until({ from: '22:00', to: '02:30' }, '2026-03-29T00:00:00Z')).toBe('2026-03-29T01:30:00.000Z');
});

test('a digest is told at the next hour, or the next time of day', () => {
  const at = (every: 'hour' | 'day', zone: string, now: string) =>
    digestAt({ every, at: '08:00', time_zone: zone }, new Date(now)).toISOString();
  expect(at('hour', PRAGUE, '2026-01-15T20:15:30.250Z')).toBe('2026-01-15T21:00:00.000Z');
  expect(at('hour', 'Asia/Kolkata', '2026-01-15T20:15:00Z')).toBe('2026-01-15T20:30:00.000Z');
  expect(at('day', PRAGUE, '2026-01-15T06:59:59Z')).toBe('2026-01-15T07:00:00.000Z');
  expect(at('day', PRAGUE, '2026-01-15T07:00:00Z')).toBe('2026-01-16T07:00:00.000Z');
  expect(at('day', PRAGUE, '2026-03-28T12:00:00Z')).toBe('2026-03-29T06:00:00.000Z');
});

test('pauses grow, are spread, and are at least what the receiver asks for, up to a day', () => {
  const pauses = Array.from({ length: DELIVERY_TRIES }, (_, tries) => deliveryPauseSeconds(tries + 1, 0));
  expect(pauses.slice(0, 3)).toEqual([5, 60, 300]);
  expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
  expect(deliveryPauseSeconds(2, 0.5)).toBe(66);
  expect(deliveryPauseSeconds(1, 0, 120)).toBe(120);
  expect(deliveryPauseSeconds(1, 0, 1e9)).toBe(86_400);
});
