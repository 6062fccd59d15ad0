import { useState } from 'preact/hooks';

let made = 0;

/** An id that no other element of the page has. Preact's own `useId` begins anew in parts that are drawn again, and then two have the same. */
export function useOwnId(): string {
  return useState(() => `own-${++made}`)[0];
}
