import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';

/**
 * The same transition was committed before: the command is done, this attempt is a repetition and has changed nothing.
 * A caller of the API gets a 409 and reads the row; a workflow's step fails, is repeated, and begins by reading its
 * row.
 */
export class TransitionAlreadyCommitted extends CrewshipError {
  readonly transitionIds: readonly string[];
  constructor(transitionIds: readonly string[]) {
    super('conflict', 'this change was already made; read it again');
    this.transitionIds = transitionIds;
  }
}

interface PgError {
  readonly code?: string;
  readonly constraint?: string;
}

/** The driver's error below slonik's. */
function pgErrorOf(error: unknown): PgError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^[0-9A-Z]{5}$/.test(at.code)) return at as PgError;
  }
  return undefined;
}

/** What the system says of a connection that could not be made or broke. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** What the drivers say of it, without a code. */
const CONNECTION_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether the way to the database failed and not what was asked of it. */
function isConnectionFailure(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && CONNECTION_CODES.has(at.code)) return true;
    if (CONNECTION_MESSAGE.test(at.message)) return true;
  }
  return false;
}

function unavailable(cause: unknown): CrewshipError {
  return new CrewshipError('unavailable', 'the database is unavailable', { cause });
}

/** Whether this is a unique violation, of the named constraint or index if one is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const pg = pgErrorOf(error);
  return pg?.code === '23505' && (constraint === undefined || pg.constraint === constraint);
}

/** Whether the row names another that does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return pgErrorOf(error)?.code === '23503';
}

/** The one switch from SQLSTATE to the product's errors. What it does not know is returned as it came. */
export function fromDatabaseError(error: unknown): unknown {
  if (error instanceof CrewshipError) return error;
  const pg = pgErrorOf(error);
  if (pg?.code === undefined || CONNECTION_CODES.has(pg.code)) {
    return isConnectionFailure(error) ? unavailable(error) : error;
  }
  switch (pg.code) {
    case '23505':
      return new CrewshipError('conflict', 'a row with this value exists', { cause: error });
    case '23503':
      return new CrewshipError('not_found', 'a referenced row was not found', { cause: error });
    case '23514':
    case '22001':
    case '22008':
    case '22021':
    case '22P05':
      return new CrewshipError('invalid_request', 'a value is outside its limits', { cause: error });
    default:
      // 08: connection; 40: lost to others more often than it is retried; 53: out of resources; 57P: shutting down. The
      // caller may try again.
      return /^(08|40|53|57P)/.test(pg.code) ? unavailable(error) : error;
  }
}
