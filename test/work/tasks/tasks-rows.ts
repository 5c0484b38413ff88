import { tasksFeature } from '../../../api/work/tasks/tasks-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const tasksRows = definePathRows(tasksFeature, {
  pathRows: { blocksTaskId: ({ post }) => post('/api/v1/tasks', { title: 'First' }) },
});
