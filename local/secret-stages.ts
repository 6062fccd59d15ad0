import type { StoredSecret } from './secret-book.ts';
import { invalid, ServiceError } from './service-error.ts';

/** Unlabelled versions above this number are removed, oldest first (Secrets Manager quotas, "Versions per secret"). */
const unlabelledLimit = 100;

export function current(secret: StoredSecret): string | undefined {
  return holder(secret, 'AWSCURRENT');
}

/** A staging label is on one version at a time. The version that loses AWSCURRENT becomes AWSPREVIOUS. */
export function assignStage(secret: StoredSecret, stage: string, id: string): void {
  const before = holder(secret, stage);
  if (before === id) return;
  if (before !== undefined) {
    removeStage(secret, stage, before);
    if (stage === 'AWSCURRENT') assignStage(secret, 'AWSPREVIOUS', before);
  }
  const version = secret.versions[id];
  if (!version)
    throw new ServiceError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for VersionId: ${id}.`,
    );
  version.stages.push(stage);
}

/** UpdateSecretVersionStage: moves a label, attaches it (`from` absent) or takes it away (`to` absent). */
export function moveStage(secret: StoredSecret, stage: string, from: string | undefined, to: string | undefined): void {
  const before = holder(secret, stage);
  if (from !== undefined && !secret.versions[from]?.stages.includes(stage)) {
    throw invalid(
      `The parameter RemoveFromVersionId can't be ${from}. Staging label ${stage} is currently not attached to version ${from}.`,
    );
  }
  if (to !== undefined && before !== undefined && before !== to && from === undefined) {
    throw invalid(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${before}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (to !== undefined) assignStage(secret, stage, to);
  else if (stage === 'AWSCURRENT')
    throw invalid(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  else if (from !== undefined) removeStage(secret, stage, from);
}

export function stagesById(secret: StoredSecret): Record<string, string[]> {
  const labelled = Object.entries(secret.versions).filter(([, { stages }]) => stages.length > 0);
  return Object.fromEntries(labelled.map(([id, { stages }]) => [id, stages]));
}

export function dropUnlabelled(secret: StoredSecret): void {
  const unlabelled = Object.keys(secret.versions).filter((id) => secret.versions[id]?.stages.length === 0);
  for (const id of unlabelled.slice(0, Math.max(0, unlabelled.length - unlabelledLimit))) delete secret.versions[id];
}

function holder(secret: StoredSecret, stage: string): string | undefined {
  return Object.keys(secret.versions).find((id) => secret.versions[id]?.stages.includes(stage));
}

function removeStage(secret: StoredSecret, stage: string, id: string): void {
  const version = secret.versions[id];
  if (version) version.stages = version.stages.filter((name) => name !== stage);
}
