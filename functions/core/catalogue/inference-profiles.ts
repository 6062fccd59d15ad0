/**
 * Which geographies' inference profiles may be called from a Bedrock region, the nearest first.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html
 */
function geographiesOf(region: string): string[] {
  if (region.startsWith('us-gov-')) return ['us-gov'];
  if (region.startsWith('us-')) return ['us', 'global'];
  if (region.startsWith('eu-')) return ['eu', 'global'];
  if (region.startsWith('ca-')) return ['ca', 'global'];
  if (region === 'ap-northeast-1' || region === 'ap-northeast-3') return ['jp', 'apac', 'global'];
  if (region === 'ap-southeast-2' || region === 'ap-southeast-4') return ['au', 'apac', 'global'];
  if (region.startsWith('ap-')) return ['apac', 'global'];
  return ['global'];
}

/** The prefix for a model with these profiles when it is called from the region; null: the plain id is all there is. */
export function profileFor(profiles: string[], region: string): string | null {
  return geographiesOf(region).find((geography) => profiles.includes(geography)) ?? null;
}
