import type { LicenseLimits } from '../../../domain/instance/license/license.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { LicensedPlace } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

const LIMIT_OF = { crew: 'max_crews', agent: 'max_agents_per_crew', member: 'max_members' } as const;
const NAMES = { crew: 'crews', agent: 'agents in a crew', member: 'members' } as const;

/**
 * Holds what transactions make against a license. Counted after the row is made and behind those who make one at the
 * same moment, so that of any number of them no more succeed than there is room for.
 */
export function limitedBy(license: LicenseLimits): (tx: Tx, place: LicensedPlace) => Promise<void> {
  return async (tx, place) => {
    const limit = license[LIMIT_OF[place.kind]];
    if (limit === null) return;
    const crewId = place.kind === 'agent' ? place.crewId : null;
    const { count } = await tx.one<{ count: number }>(
      sql`SELECT crewship_count_licensed(${place.kind}, ${crewId}) AS count`,
    );
    if (count <= limit) return;
    throw new CrewshipError('license_limit', `the license allows ${limit} ${NAMES[place.kind]}`, {
      extensions: { limit: LIMIT_OF[place.kind], allowed: limit },
    });
  };
}
