/** A workflow that does nothing: what starting any workflow costs. */
export async function noopWorkflow(): Promise<void> {}
