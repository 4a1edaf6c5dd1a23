/**
 * The samples of a filter: `NAME.log` → lines with what is expected of them (README.md tells the form).
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

export interface Expectation {
  readonly match: boolean;
  readonly host?: string;
  readonly time?: string;
  readonly user?: string;
  readonly modes?: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
  readonly free?: readonly string[];
  readonly why?: string;
}

export interface Sample extends Expectation {
  readonly text: string;
  /** Line number in the file, from 1. */
  readonly at: number;
}

const KEYS = new Set(['match', 'host', 'time', 'user', 'modes', 'options', 'free', 'why']);

/** @throws {Error} a line without expectation, an expectation without line, an unknown key */
export function readSamples(name: string): Sample[] {
  const samples: Sample[] = [];
  let expected: Expectation | undefined;
  const file = join(HERE, `${name}.log`);
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    const place = `${name}.log:${index + 1}`;
    if (text.startsWith('# {')) {
      if (expected) throw new Error(`${place}: two expectations in a row`);
      expected = parseExpectation(text.slice(2), place);
    } else if (text !== '' && !text.startsWith('#')) {
      if (!expected) throw new Error(`${place}: a line without expectation`);
      for (const part of expected.free ?? [])
        if (!text.includes(part)) throw new Error(`${place}: "${part}" is not in the line`);
      samples.push({ ...expected, text, at: index + 1 });
      expected = undefined;
    }
  }
  return samples;
}

function parseExpectation(json: string, place: string): Expectation {
  const expected = JSON.parse(json) as Expectation;
  for (const key of Object.keys(expected))
    if (!KEYS.has(key)) throw new Error(`${place}: unknown key "${key}"`);
  if (expected.match && expected.host === undefined) throw new Error(`${place}: a match needs a host`);
  return expected;
}
