/**
 * A value that must not be printed. Whatever turns it into text (string conversion, JSON, `console.log`)
 * gets `[secret]`; only `reveal()` gives the value, and only provider adapters and stores call it.
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  /** Whether another one hides the same text or number. */
  equals(other: Secret<T>): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  // What Node's util.inspect and console.log ask for.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
