/**
 * Cases for compare-pattern.ts from the installed filters: every pattern of a filter over its sample lines, whole and
 * without the date, over what its prefregex passes on, and over mutations of all that.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Pattern } from '../../src/core/pattern/pattern.js';
import { expandTags } from '../../src/core/pattern/tags.js';
import { isAscii } from './compare-pattern.js';
import { type InstalledFilter, installedFilters } from './installed-filters.js';
import { mutate } from './mutate.js';
import type { OracleCase } from './python-oracle.js';
import { Random } from './random-patterns.js';

const LOGS = '/usr/lib/python3/dist-packages/fail2ban/tests/files/logs';

/** Rough: enough to get most sample lines into the shape the patterns are written for. */
const DATES = [
  /\b(?:\w{3} )?\w{3} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4})?/,
  /\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?/,
  /\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}/,
  /\b1\d{9}(?:\.\d+)?\b/,
];

export interface FilterCaseOptions {
  readonly seed: number;
  /** Mutations of each text. */
  readonly mutations: number;
  /** Sample lines of each filter, evenly picked. */
  readonly lines: number;
}

export function filterCases(options: FilterCaseOptions): OracleCase[] {
  const random = new Random(options.seed);
  const byPattern = new Map<string, { pattern: string; multiline: boolean; texts: Set<string> }>();
  for (const filter of installedFilters()) {
    const texts = textsOf(filter, options, random);
    const enter = (tagged: string, multiline: boolean): void => {
      const pattern = expandTags(tagged);
      const key = `${multiline} ${pattern}`;
      const known = byPattern.get(key) ?? { pattern, multiline, texts: new Set<string>() };
      for (const text of texts) known.texts.add(text);
      byPattern.set(key, known);
    };
    if (filter.prefregex) enter(filter.prefregex, false);
    for (const regex of filter.failregex) enter(regex, filter.multiline);
    for (const regex of filter.ignoreregex) enter(regex, false);
  }
  return [...byPattern.values()].map((each) => ({ ...each, texts: [...each.texts] }));
}

function textsOf(filter: InstalledFilter, options: FilterCaseOptions, random: Random): Set<string> {
  const texts = new Set<string>();
  const lines = sampleLines(filter.filter);
  const step = Math.max(1, lines.length / options.lines);
  const content = filter.prefregex ? Pattern.compile(expandTags(filter.prefregex)) : undefined;
  const add = (text: string): void => {
    texts.add(text);
    const match = content?.search(text, isAscii(text));
    const passed = match && content?.named(match).get('content');
    if (passed) texts.add(passed);
  };
  for (let i = 0; i < lines.length; i += step) {
    const line = lines[Math.floor(i)]!;
    add(`${line}\n`);
    const date = DATES.find((each) => each.test(line));
    if (date) add(`${line.replace(date, '')}\n`);
  }
  for (const text of [...texts]) {
    let damaged = text;
    for (let i = 0; i < options.mutations; i++) {
      damaged = mutate(random.below(3) ? text : damaged, random);
      add(damaged);
    }
  }
  return texts;
}

function sampleLines(filter: string): string[] {
  const file = `${LOGS}/${filter}`;
  if (!existsSync(file) || !statSync(file).isFile()) return ['x 1.2.3.4'];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
}
