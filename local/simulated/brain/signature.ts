import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** As the real services: what one process signed, no other one takes. */
const key = randomBytes(32);

/** Something opaque that holds a text and shows whether it was altered. */
export function seal(purpose: string, text: string): string {
  return Buffer.concat([mac(purpose, text), Buffer.from(text)]).toString('base64');
}

/** The text that was sealed; null when the seal is none of ours. */
export function unseal(purpose: string, sealed: unknown): string | null {
  const bytes = Buffer.from(typeof sealed === 'string' ? sealed : '', 'base64');
  const text = bytes.subarray(32).toString();
  return bytes.length >= 32 && timingSafeEqual(bytes.subarray(0, 32), mac(purpose, text)) ? text : null;
}

function mac(purpose: string, text: string): Buffer {
  return createHmac('sha256', key).update(`${purpose}\0${text}`).digest();
}
