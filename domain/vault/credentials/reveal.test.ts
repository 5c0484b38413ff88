import { expect, test } from 'vitest';
import { isFiller, refuseReveal } from './reveal.ts';

test('a reason that says nothing is filler, however long it is', () => {
  for (const reason of [
    'aaaaaaaaaaaaaaaaaaaaaaaa',
    'test test test test test test',
    '....................',
    '12345678901234567890',
  ]) {
    expect(isFiller(reason), reason).toBe(true);
  }
  expect(isFiller('Rotating the key at the bank by hand, ticket 812')).toBe(false);
});

test('a value is shown to who manages, and to a MANAGER of its crew where it is neither restricted nor of a high tier', () => {
  const open = { sensitivity: 'STANDARD', security_level: 2, scope: 'CREW' } as const;
  const manager = { role: 'MANAGER', mayReveal: true, isInItsCrews: true } as const;
  const admin = { role: 'ADMIN', mayReveal: true, isInItsCrews: false } as const;
  const refused = (...args: Parameters<typeof refuseReveal>) => expect(() => refuseReveal(...args)).toThrow();
  refuseReveal(open, manager);
  refuseReveal({ sensitivity: 'RESTRICTED', security_level: 4, scope: 'WORKSPACE' }, admin);
  refused({ ...open, sensitivity: 'SEALED' }, { ...admin, role: 'OWNER' });
  refused({ ...open, sensitivity: 'RESTRICTED' }, manager);
  refused({ ...open, security_level: 3 }, manager);
  refused({ ...open, scope: 'WORKSPACE' }, manager);
  refused(open, { ...manager, isInItsCrews: false });
  refused(open, { ...admin, mayReveal: false });
});
