import { isObject, type JsonObject } from '../functions/core/json.ts';
import { newArn, type SecretBook, type StoredSecret } from './secret-book.ts';
import { hasValue, optional, readValue, sameValue, text, tokenOf } from './secret-input.ts';
import { assignStage, current, dropUnlabelled, moveStage, stagesById } from './secret-stages.ts';
import { readTags, tagsOf } from './secret-tags.ts';
import { invalid, ServiceError } from './service-error.ts';

type Operation = (book: SecretBook, input: JsonObject) => JsonObject;

/**
 * The operations that Keyway uses, with the inputs, outputs and errors of the Secrets Manager API reference
 * (docs.aws.amazon.com/secretsmanager/latest/apireference). Policies, replication, rotation and KMS keys are left out.
 */
export const operations: Record<string, Operation> = {
  CreateSecret(book, input) {
    const name = text(input, 'Name');
    if (!/^[\w/+=.@-]{1,512}$/.test(name))
      throw invalid(
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@',
      );
    const token = tokenOf(input);
    const existing = book.find(name);
    if (existing?.deletionAt !== undefined) {
      throw new ServiceError(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (existing) {
      if (sameValue(existing.versions[token], input)) return identity(existing, token);
      throw new ServiceError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    }
    const at = now();
    const secret: StoredSecret = { name, arn: newArn(name), createdAt: at, changedAt: at, versions: {} };
    if (typeof input.Description === 'string') secret.description = input.Description;
    if (input.Tags !== undefined) secret.tags = readTags(input);
    if (hasValue(input)) secret.versions[token] = { ...readValue(input), stages: ['AWSCURRENT'], createdAt: at };
    book.put(secret);
    return identity(secret, hasValue(input) ? token : undefined);
  },

  PutSecretValue(book, input) {
    const secret = live(book, input);
    const token = tokenOf(input);
    const stages = Array.isArray(input.VersionStages) ? input.VersionStages.map(String) : ['AWSCURRENT'];
    const existing = secret.versions[token];
    if (existing && !sameValue(existing, input)) {
      throw new ServiceError(
        'ResourceExistsException',
        "You can't use ClientRequestToken that is already in use by another version of this secret with a different value.",
      );
    }
    if (!existing) {
      const value = readValue(input);
      secret.versions[token] = { ...value, stages: [], createdAt: now() };
      for (const stage of stages) assignStage(secret, stage, token);
      dropUnlabelled(secret);
      secret.changedAt = now();
      book.put(secret);
    }
    return { ...identity(secret, token), VersionStages: existing?.stages ?? stages };
  },

  GetSecretValue(book, input) {
    const secret = live(book, input);
    const { VersionId: id, VersionStage: stage } = input;
    const wanted = typeof stage === 'string' ? stage : typeof id === 'string' ? null : 'AWSCURRENT';
    const found = Object.entries(secret.versions).find(([version, { stages }]) =>
      typeof id === 'string' ? version === id : stages.includes(wanted ?? ''),
    );
    if (!found)
      throw notFound(
        typeof id === 'string' ? `secret value for VersionId: ${id}.` : `secret value for staging label: ${wanted}`,
      );
    const [version, { string, binary, stages, createdAt }] = found;
    if (wanted !== null && !stages.includes(wanted)) {
      throw new ServiceError(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      );
    }
    return {
      ...identity(secret, version),
      SecretString: string,
      SecretBinary: binary,
      VersionStages: stages,
      CreatedDate: createdAt,
    };
  },

  DescribeSecret(book, input) {
    const secret = find(book, input);
    return { ...summary(secret), VersionIdsToStages: stagesById(secret) };
  },

  DeleteSecret(book, input) {
    const force = input.ForceDeleteWithoutRecovery === true;
    const days = input.RecoveryWindowInDays;
    if (force && days !== undefined)
      throw invalid("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
    if (days !== undefined && !(typeof days === 'number' && days >= 7 && days <= 30))
      throw invalid('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
    const at = now();
    if (force) {
      // Forced deletion of what is not there is no error (DeleteSecret, ForceDeleteWithoutRecovery).
      const secret = book.find(text(input, 'SecretId'));
      if (secret) book.remove(secret);
      return { ARN: secret?.arn, Name: secret?.name ?? input.SecretId, DeletionDate: at };
    }
    const secret = live(book, input);
    secret.deletionAt = at + (typeof days === 'number' ? days : 30) * 86_400;
    book.put(secret);
    return { ...identity(secret), DeletionDate: secret.deletionAt };
  },

  RestoreSecret(book, input) {
    const { deletionAt, ...secret } = find(book, input);
    book.put(secret);
    return { ARN: secret.arn, Name: secret.name };
  },

  ListSecrets(book, input) {
    const limit = typeof input.MaxResults === 'number' ? input.MaxResults : 100;
    const start = input.NextToken === undefined ? 0 : Number(input.NextToken);
    if (!Number.isInteger(start) || start < 0)
      throw new ServiceError('InvalidNextTokenException', 'The provided pagination token is invalid.');
    const prefixes = namePrefixes(input.Filters);
    const matching = book
      .all()
      .filter((secret) => input.IncludePlannedDeletion === true || secret.deletionAt === undefined)
      .filter((secret) => prefixes.every((any) => any.some((prefix) => secret.name.startsWith(prefix))))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = matching.slice(start, start + limit);
    return {
      SecretList: page.map((secret) => ({ ...summary(secret), SecretVersionsToStages: stagesById(secret) })),
      NextToken: start + page.length < matching.length ? String(start + page.length) : undefined,
    };
  },

  TagResource(book, input) {
    const secret = live(book, input);
    secret.tags = { ...secret.tags, ...readTags(input) };
    book.put(secret);
    return {};
  },

  UpdateSecretVersionStage(book, input) {
    const secret = live(book, input);
    moveStage(
      secret,
      text(input, 'VersionStage'),
      optional(input, 'RemoveFromVersionId'),
      optional(input, 'MoveToVersionId'),
    );
    secret.changedAt = now();
    book.put(secret);
    return identity(secret);
  },
};

function find(book: SecretBook, input: JsonObject): StoredSecret {
  const secret = book.find(text(input, 'SecretId'));
  if (secret?.deletionAt !== undefined && secret.deletionAt <= now()) book.remove(secret);
  else if (secret) return secret;
  throw notFound('secret.');
}

/** Deleted secrets can be described and listed, nothing else, until their window is over. */
function live(book: SecretBook, input: JsonObject): StoredSecret {
  const secret = find(book, input);
  if (secret.deletionAt === undefined) return secret;
  throw new ServiceError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

function summary(secret: StoredSecret): JsonObject {
  const { name, arn, description, createdAt, changedAt, deletionAt } = secret;
  return {
    ARN: arn,
    Name: name,
    Description: description,
    CreatedDate: createdAt,
    LastChangedDate: changedAt,
    DeletedDate: deletionAt,
    Tags: tagsOf(secret),
  };
}

function identity(secret: StoredSecret, version = current(secret)): JsonObject {
  return { ARN: secret.arn, Name: secret.name, VersionId: version };
}

/** Each filter on `name` with its prefixes; filters are joined by AND, the values of one by OR. */
function namePrefixes(filters: unknown): string[][] {
  if (!Array.isArray(filters)) return [];
  return filters.map((filter) => {
    if (!isObject(filter) || filter.Key !== 'name' || !Array.isArray(filter.Values))
      throw invalid('Keyway\'s local Secrets Manager knows only filters of the key "name".');
    return filter.Values.map(String);
  });
}

function now(): number {
  return Date.now() / 1000;
}

function notFound(what: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}`);
}
