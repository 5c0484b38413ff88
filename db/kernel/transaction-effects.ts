import type { Actor } from '../../domain/kernel/access/authority.ts';
import type { Approval, Decision } from '../../domain/people/approvals/approval.ts';
import type { JsonObject } from '../../domain/kernel/json/json-value.ts';
import type { ProposedCredential } from '../../domain/vault/credentials/credential.ts';
import type { MissionStatus } from '../../domain/work/missions/mission-status.ts';
import type { JobRow } from '../../domain/work/jobs/job.ts';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Tx } from './transaction.ts';

/** An agent's question that proposes a credential, or asks people for one, is being asked. */
export interface CredentialProposal {
  /** Of the credential that is to be stored; the question names it. */
  readonly credentialId: string;
  readonly agent: { readonly workspaceId: string; readonly crewId: string; readonly id: string };
  readonly proposed: ProposedCredential;
  readonly ring: Pick<KeyRing, 'seal'>;
  readonly actor: Actor;
}

/** The question about a proposed credential is over; `approved` null: nobody gets it. */
export interface CredentialDecision {
  readonly credentialId: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string | null;
  /** `answer` is the value when the agent asked for one. */
  readonly approved: { readonly ring: Pick<KeyRing, 'seal'>; readonly answer: string } | null;
  readonly actor: Actor;
}

/** What a kind of approval does when it is decided. */
export interface DecisionEffect {
  /** Locks the subject, settles the approval and carries out what follows, all in this transaction. */
  decide(tx: Tx, approval: Approval, decision: Decision, actor: Actor): Promise<void>;
  /** Whether its subject can be left as it is without a decision. */
  readonly isCancellable: boolean;
}

/** What a license limits the number of. */
export type LicensedPlace = { readonly kind: 'crew' | 'member' } | { readonly kind: 'agent'; readonly crewId: string };

/** Somebody who is about to leave a workspace, which is held. */
export interface LeavingMember {
  readonly workspaceId: string;
  readonly userId: string;
}

/** A mission that has just moved; its row is locked. */
export interface MovedMission {
  readonly id: string;
  readonly workspaceId: string;
  readonly to: MissionStatus;
}

/** Folders of a project, which is held, that have another path or are no more. */
export interface ChangedFolders {
  readonly projectId: string;
  readonly from: string;
  readonly to: string;
  /** What is in and below `from` is: at the same place below `to`, or all of it in `to`. */
  readonly documents: 'keep their places' | 'are gathered';
}

/** A document that is to be in a folder of its project, which is held. */
export interface FiledDocument {
  readonly projectId: string;
  readonly documentId: string;
  readonly path: string;
}

/** What a kind of job does beside moving its own row. */
export interface JobEffect {
  /** Somebody asked for one: makes the rows that go with it. What it throws refuses the request. */
  requested?(tx: Tx, job: JobRow, input: JsonObject, actor: Actor): Promise<void>;
  /** Ends one that another row's workflow moves. Throws `wrong_state` when it is over by now. */
  cancel?(tx: Tx, job: JobRow, actor: Actor): Promise<void>;
  /** The job is over, as its status says. */
  ended?(tx: Tx, job: JobRow): Promise<void>;
}

/**
 * What a transition brings about in the rows of other families, in its own transaction. The engine calls these by name
 * and never imports who answers; `commands/effects.ts` says who does, and each process hands that to the database it
 * opens. An effect takes its locks after all of the engine's.
 */
export interface TransactionEffects {
  /** Throws `conflict` for a taken name and `invalid_request` for a value that is not of its type. */
  readonly credentialProposed: (tx: Tx, proposal: CredentialProposal) => Promise<void>;
  readonly credentialDecided: (tx: Tx, decision: CredentialDecision) => Promise<void>;
  /** One more was made in this transaction. Throws `license_limit` when it is one too many. */
  readonly placeTaken: (tx: Tx, place: LicensedPlace) => Promise<void>;
  /** Before the membership goes, and with it what refers to it. */
  readonly memberLeaving: (tx: Tx, member: LeavingMember, actor: Actor) => Promise<void>;
  readonly missionMoved: (tx: Tx, mission: MovedMission, actor: Actor) => Promise<void>;
  readonly foldersChanged: (tx: Tx, change: ChangedFolders) => Promise<void>;
  /** False: the project has no such document. */
  readonly documentFiled: (tx: Tx, filed: FiledDocument) => Promise<boolean>;
  /** By kind of approval. One whose kind is missing is decided elsewhere. */
  readonly approvalDecided: Readonly<Record<string, DecisionEffect>>;
  /** By kind of job. */
  readonly jobs: Readonly<Record<string, JobEffect>>;
}
