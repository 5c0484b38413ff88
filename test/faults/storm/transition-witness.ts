import type pg from 'pg';

/** A change of a row's status as a trigger saw it, in the transaction that made it. */
export interface Transition {
  readonly kind: 'mission' | 'task' | 'run';
  readonly id: string;
  /** Null: the row was made. */
  readonly from: string | null;
  readonly to: string;
}

/**
 * Notes every status that missions, tasks and runs go through, beside the product and without its doing: what the
 * journal says is held against it. A note commits with its row or not at all.
 */
export async function installWitness(owner: pg.Client): Promise<void> {
  await owner.query(`
    CREATE SCHEMA fault_witness;
    CREATE TABLE fault_witness.transitions (
      seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      kind text NOT NULL, id text NOT NULL, "from" text, "to" text NOT NULL);
    CREATE FUNCTION fault_witness.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = fault_witness AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO transitions (kind, id, "from", "to") VALUES (TG_ARGV[0], NEW.id, NULL, NEW.status);
      ELSIF OLD.status IS DISTINCT FROM NEW.status THEN
        INSERT INTO transitions (kind, id, "from", "to") VALUES (TG_ARGV[0], NEW.id, OLD.status, NEW.status);
      END IF;
      RETURN NULL;
    END $$;`);
  for (const kind of ['mission', 'task', 'run']) {
    await owner.query(`CREATE TRIGGER fault_witness AFTER INSERT OR UPDATE OF status ON public.${kind}s
      FOR EACH ROW EXECUTE FUNCTION fault_witness.note('${kind}')`);
  }
}

/** What was noted, in the order of each row's changes. */
export async function readWitness(owner: pg.Client): Promise<readonly Transition[]> {
  const { rows } = await owner.query<Transition>(
    'SELECT kind, id, "from", "to" FROM fault_witness.transitions ORDER BY seq',
  );
  return rows;
}
