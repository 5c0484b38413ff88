/** The kind of the decisions on results of tasks, of missions and of none. */
export const TASK_APPROVAL = 'task_completion';
