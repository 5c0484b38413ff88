import type { ChatCompactActivities } from '../../../activities/conversations/chats/chat-compact-activities.ts';
import type { chatCompactJob } from '../../../domain/conversations/chats/chat-compact-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

export const chatCompactProgram = defineJobProgram<typeof chatCompactJob>({
  steps: { compact: (job) => job.activities<ChatCompactActivities>().compactChat(job.address) },
});
