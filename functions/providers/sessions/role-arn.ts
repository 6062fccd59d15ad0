/** An IAM role by its ARN (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html). */
export interface RoleArn {
  partition: string;
  account: string;
  /** Without its path. */
  name: string;
}

/** Null: it is no ARN of a role. */
export function readRoleArn(text: unknown): RoleArn | null {
  const found =
    typeof text === 'string'
      ? /^arn:(aws[a-z-]{0,20}):iam::(\d{12}):role\/(?:[\x21-\x2e\x30-\x7e]{1,128}\/){0,8}([\w+=,.@-]{1,64})$/.exec(
          text,
        )
      : null;
  if (found === null || String(text).length > 512) return null;
  const [, partition = '', account = '', name = ''] = found;
  return { partition, account, name };
}
