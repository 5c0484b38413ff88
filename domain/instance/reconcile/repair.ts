/** Where rows, workflows and containers did not agree, which says what was done about it. */
export type Discrepancy =
  /** The row is live, the server does not know its workflow: started from the row. */
  | 'workflow_missing'
  /** The row is live, its workflow was closed by somebody else: the next generation; a run is taken up again. */
  | 'workflow_closed'
  /** The workflow is open and idle while its row says that there is something to do: told. */
  | 'step_not_taken'
  /** The workflow is open although its row is over, or in a newer generation: told, and closes. */
  | 'row_over'
  /** Temporal or the daemon knows a newer generation than the row, as after an older backup: the row goes past it. */
  | 'generation_behind'
  /** The workflow is open and its row does not exist: terminated. */
  | 'row_missing'
  /** An attempt took place and the database does not know it, as after an older backup: its task may run again. */
  | 'record_lost'
  /** A container runs that no row wants and no workflow takes down: removed. */
  | 'container_unwanted'
  /** A run that is over still held places: given to the next in line. */
  | 'places_held';
