export interface DataUri {
  /** Lower case, without parameters; empty when it names none. */
  mimeType: string;
  base64: boolean;
  /** As it stands behind the comma. */
  data: string;
}

/** `data:image/png;base64,…` (RFC 2397: type and `base64` in any case); null when it is no data URI. The data are not looked at. */
export function readDataUri(url: string): DataUri | null {
  if (!url.startsWith('data:')) return null;
  const comma = url.indexOf(',');
  if (comma === -1) return null;
  const [mimeType = '', ...parameters] = url.slice('data:'.length, comma).toLowerCase().split(';');
  return { mimeType, base64: parameters.includes('base64'), data: url.slice(comma + 1) };
}

/** The data in base64, which models want. Percent-encoded bytes are decoded first; a stray % stays as it is. */
export function base64Of({ base64, data }: DataUri): string {
  if (base64) return data;
  const bytes = data.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('base64');
}
