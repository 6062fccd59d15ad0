/**
 * An object for the console that is one line of JSON where nobody wraps it. Lambda does: with JSON as its log format it makes of an
 * object the member `message`, beside time, level and its own request id, and of a text a text
 * (github.com/aws/aws-lambda-nodejs-runtime-interface-client, src/logging/formatter.ts). Symbols are not part of JSON.
 */
export function oneLine<Details extends object>(details: Details): Details {
  const line = { ...details };
  return Object.defineProperty(line, Symbol.for('nodejs.util.inspect.custom'), { value: () => JSON.stringify(line) });
}
