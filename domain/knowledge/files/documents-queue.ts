/** Where documents are read: few at a time on a machine, and those that wait for it wait in the queue. */
export const DOCUMENTS_TASK_QUEUE = 'documents';
/** Documents that a machine reads at once. */
export const DOCUMENTS_AT_ONCE = 2;
