import type { FastifyRequest } from 'fastify';
import type { Attempt } from '../../../commands/people/identity/login-attempts.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { networkOf } from '../../http/limits/attempt-limiter.ts';

/** What attempts for a person are counted under, by whichever of their names. */
export function personDigest(ring: Pick<KeyRing, 'digest'>, userId: string): Buffer {
  return ring.digest(`login person\0${userId}`);
}

/** What an attempt with a password is counted under: the person, or a name that nobody has, and where it comes from. */
export function attemptOf(
  deps: {
    readonly keyRing: Pick<KeyRing, 'digest'>;
    readonly authentication: Pick<Authentication, 'cookies' | 'deviceMarks'>;
  },
  asked: {
    readonly person: { readonly id: string } | null;
    readonly name: string;
    readonly request: FastifyRequest;
    readonly address: string | null;
  },
): Attempt {
  const { person, name, request, address } = asked;
  if (person === null) {
    const nameDigest = deps.keyRing.digest(`login name\0${name}`);
    return { nameDigest, origin: { kind: 'network', id: networkOf(address) } };
  }
  const { cookies, deviceMarks } = deps.authentication;
  const device = deviceMarks.deviceOf(person.id, cookies.read(request, 'device'));
  return {
    nameDigest: personDigest(deps.keyRing, person.id),
    origin: device === null ? { kind: 'network', id: networkOf(address) } : { kind: 'device', id: device },
  };
}
