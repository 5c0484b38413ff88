import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { stateQuery } from './mailbox.ts';

const statusKey = defineSearchAttributeKey('CrewshipStatus', SearchAttributeType.KEYWORD);
const crewKey = defineSearchAttributeKey('CrewshipCrewId', SearchAttributeType.KEYWORD);
const missionKey = defineSearchAttributeKey('CrewshipMissionId', SearchAttributeType.KEYWORD);

/** What an operator sees of a workflow: in the list (search attributes), on its page (details), and by query. */
export interface ShownState {
  readonly status: string;
  readonly crewId?: string | null;
  readonly missionId?: string | null;
  readonly [fact: string]: string | number | boolean | null | undefined;
}

/**
 * Shows a workflow's state. Search attributes cost a history event, so they are written only when one of them changes;
 * details and query cost none.
 */
export function createStateDisplay(): (state: ShownState) => void {
  let shown = '';
  let current: ShownState = { status: 'starting' };
  setHandler(stateQuery, () => definedFacts(current));
  return (state) => {
    current = state;
    const indexed = `${state.status} ${state.crewId ?? ''} ${state.missionId ?? ''}`;
    if (indexed !== shown) {
      shown = indexed;
      upsertSearchAttributes([
        { key: statusKey, value: state.status },
        ...(state.crewId ? [{ key: crewKey, value: state.crewId }] : []),
        ...(state.missionId ? [{ key: missionKey, value: state.missionId }] : []),
      ]);
    }
    setCurrentDetails(
      Object.entries(definedFacts(state))
        .map(([fact, value]) => `- **${fact}**: ${value}`)
        .join('\n'),
    );
  };
}

function definedFacts(state: ShownState): Record<string, string | number | boolean | null> {
  const facts: Record<string, string | number | boolean | null> = {};
  for (const [fact, value] of Object.entries(state)) if (value !== undefined) facts[fact] = value;
  return facts;
}
