import { expect, test } from 'vitest';
import { judgementOf, type Opinion, outcomeOf } from './judgement.ts';

const opinion = (score: number, confidence = 1): Opinion => ({ score, confidence, reason: '', model: 'm' });
const judged = (scores: readonly number[], confidence?: number) =>
  judgementOf(
    scores.map((score) => opinion(score, confidence)),
    scores.length,
    'failed',
  );

test('judges come to their median, and how far they are apart', () => {
  expect(judged([0.9, 0.8, 0.1])).toMatchObject({ status: 'scored', score: 0.8, spread: 0.3559, low_confidence: true });
  expect(judged([0.9, 0.8])).toMatchObject({ score: 0.85, spread: 0.05, low_confidence: false });
  expect(judged([0, 0.5])).toMatchObject({ spread: 0.25, low_confidence: false });
});

test('people had better look where judges doubt, where some said nothing, and where all did', () => {
  expect(judged([0.8, 0.8], 0.9).low_confidence).toBe(false);
  expect(judged([0.8, 0.8], 0.89).low_confidence).toBe(true);
  expect(judgementOf([opinion(1)], 2, 'timeout')).toMatchObject({ status: 'scored', low_confidence: true });
  expect(judgementOf([], 2, 'timeout')).toMatchObject({ status: 'timeout', score: null, low_confidence: true });
});

test('a content passes with all its checks and a mean that is enough', () => {
  const result = (score: number | null, passed = true) => ({ id: 'c', score, passed, detail: '' });
  expect(outcomeOf([result(1), result(0.4)], 0.7)).toEqual({ score: 0.7, passed: true });
  expect(outcomeOf([result(1), result(0.39)], 0.7)).toEqual({ score: 0.695, passed: false });
  expect(outcomeOf([result(1), result(null, false)], 0.7)).toEqual({ score: 1, passed: false });
  expect(outcomeOf([], 0)).toEqual({ score: null, passed: false });
});
