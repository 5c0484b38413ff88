import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What operators filter by in the Temporal UI: ids, enums and slugs only. Registered by the stack at start. */
export const searchAttributes = {
  workspaceId: defineSearchAttributeKey('CrewshipWorkspaceId', SearchAttributeType.KEYWORD),
  crewId: defineSearchAttributeKey('CrewshipCrewId', SearchAttributeType.KEYWORD),
  missionId: defineSearchAttributeKey('CrewshipMissionId', SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey('CrewshipKind', SearchAttributeType.KEYWORD),
  status: defineSearchAttributeKey('CrewshipStatus', SearchAttributeType.KEYWORD),
};
