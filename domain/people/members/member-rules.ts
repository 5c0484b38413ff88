import { isAbove, type Role } from '../../kernel/access/authority.ts';
import { CrewshipError } from '../../kernel/errors/crewship-error.ts';

function refuse(message: string): never {
  throw new CrewshipError('forbidden', message);
}

/** One gives roles below one's own; so ADMIN comes from an OWNER, and nobody gives OWNER away but by a transfer. */
export function refuseGrant(caller: Role, granted: Role): void {
  if (granted === 'OWNER') refuse('OWNER is given by a transfer of ownership');
  if (!isAbove(caller, granted)) refuse(`the role ${caller} may give roles below it, not ${granted}`);
}

/** One changes or removes those below oneself, and oneself; an OWNER also other OWNERs. */
export function refuseTarget(caller: { role: Role; userId: string }, target: { role: Role; userId: string }): void {
  if (caller.userId === target.userId || caller.role === 'OWNER' || isAbove(caller.role, target.role)) return;
  refuse(`the role ${caller.role} may not do this to a member who is ${target.role}`);
}
