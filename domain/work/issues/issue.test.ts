import { expect, test } from 'vitest';
import { canMoveIssue, ISSUE_STATUSES, issuePrefix, mentionsIn } from './issue.ts';

test('no issue moves to where it is, and a duplicate moves nowhere', () => {
  for (const status of ISSUE_STATUSES) {
    expect(canMoveIssue(status, status)).toBe(false);
    expect(canMoveIssue('DUPLICATE', status)).toBe(false);
  }
  expect(canMoveIssue('DONE', 'TODO')).toBe(false);
  expect(canMoveIssue('DONE', 'BACKLOG')).toBe(true);
});

test('a prefix is the crew’s own, or of its slug, and always letters and digits', () => {
  expect(issuePrefix({ issue_prefix: 'ops', slug: 'platform' })).toBe('OPS');
  expect(issuePrefix({ issue_prefix: null, slug: 'platform' })).toBe('PLA');
  expect(issuePrefix({ issue_prefix: 'a-b c!', slug: 'x1' })).toBe('ABC');
  expect(issuePrefix({ issue_prefix: '---', slug: '9-_' })).toBe('9');
});

test('a mention is a name after an @ that nothing stands before, once', () => {
  expect(mentionsIn('@One, (@two) and @one. Mail a@b.c, x/@no', 5)).toEqual(['one', 'two']);
  expect(mentionsIn('@a @b @c', 2)).toEqual(['a', 'b']);
});
