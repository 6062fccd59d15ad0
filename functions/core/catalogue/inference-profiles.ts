/** What model ids on Bedrock may begin with: the geographies below, and sa, me and af, should AWS use its Regions' names there, too. */
const prefixes = ['global', 'us', 'us-gov', 'eu', 'apac', 'jp', 'au', 'ca', 'in', 'sa', 'me', 'af'];

/** Tenants' patterns may have one too many. */
const leading = new RegExp(`^(?:(?:${prefixes.join('|')})\\.)+`, 'i');

/** The model's own id: cross-Region inference profiles are that behind a geography. */
export function withoutGeography(model: string): string {
  return model.replace(leading, '');
}

/**
 * Which geographies' inference profiles may be called from a Bedrock region, the nearest first; the first entry that a region begins
 * with counts. As of 2026-11-23, from https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html and the
 * prefixes of the models in https://models.dev.
 */
const geographies: readonly [region: string, prefixes: readonly string[]][] = [
  ['us-gov-', ['us-gov']],
  ['us-', ['us', 'global']],
  ['eu-', ['eu', 'global']],
  ['ca-', ['ca', 'global']],
  ['ap-northeast-1', ['jp', 'apac', 'global']],
  ['ap-northeast-3', ['jp', 'apac', 'global']],
  ['ap-southeast-2', ['au', 'apac', 'global']],
  ['ap-southeast-4', ['au', 'apac', 'global']],
  ['ap-south-', ['in', 'apac', 'global']],
  ['ap-', ['apac', 'global']],
  ['', ['global']],
];

/** The prefix for a model with these profiles when it is called from the region; null: the plain id is all there is. */
export function profileFor(profiles: string[], region: string): string | null {
  const [, prefixes = []] = geographies.find(([start]) => region.startsWith(start)) ?? [];
  return prefixes.find((geography) => profiles.includes(geography)) ?? null;
}
