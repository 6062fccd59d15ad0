/**
 * What a written request may cost at most, as far as the request itself says: the hold is made of it. All counts are those of
 * the request that goes to the provider, not of the caller's body.
 */
export interface RequestBounds {
  /** UTF-8 bytes of everything that is not media. */
  textBytes: number;
  images: number;
  /** Base64 characters of audio. */
  audioChars: number;
  /** Base64 characters of documents and video that are sent along. */
  mediaChars: number;
  /** Media that the provider fetches by an address: their size is not known. */
  remoteMedia: number;
  /** The request's own limit of the answer, thinking included; null: none is set. */
  maxOutputTokens: number | null;
  /** How many answers are asked for, to each prompt. */
  choices: number;
  /** How many prompts there are, in formats that take several at once; absent: one. */
  prompts?: number;
  /** Whether the answer may hold audio. */
  audioOut: boolean;
}

/** Of a request that nobody is sent. */
export const noBounds: RequestBounds = {
  textBytes: 0,
  images: 0,
  audioChars: 0,
  mediaChars: 0,
  remoteMedia: 0,
  maxOutputTokens: 0,
  choices: 1,
  audioOut: false,
};
