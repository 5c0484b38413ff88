import { expect, test } from 'vitest';
import { writeStandup } from './standup.ts';

test('a standup has one line a thing, by kind, its answer cut to two hundred characters', () => {
  const text = writeStandup([
    { kind: 'query', who: 'One to Two', what: 'Is it\ndone?', state: 'completed', answer: `${'x'.repeat(198)}💥y` },
    { kind: 'mission', who: 'Lead', what: 'Ship', state: 'in_progress', answer: null },
    { kind: 'assignment', who: 'Lead to One', what: 'Test it', state: 'failed', answer: 'exit code 1' },
  ]);
  expect(text.split('\n')).toEqual([
    'Missions',
    '- Lead, in_progress: Ship',
    '',
    'Assignments',
    '- Lead to One, failed: Test it → exit code 1',
    '',
    'Questions',
    `- One to Two, completed: Is it done? → ${'x'.repeat(198)}…`,
  ]);
  expect(text.isWellFormed()).toBe(true);
});

test('without anything it says so', () => {
  expect(writeStandup([])).toBe('Nothing happened in this crew.');
});
