/**
 * docs/filters.md against the filters: every one is there with its modes, and its example lines do what it says.
 *
 * The page is generated (scripts/drift/filters-page.mjs); this reads it as a user does and believes nothing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { feed, filterOf, planOf, ROOT } from '../filters/run-filter.js';
import { readSamples } from '../filters/sample-file.js';

const PAGE = readFileSync(join(ROOT, 'docs/filters.md'), 'utf8');

/** Sections of the page by name, where the name is that of a file. */
const SECTIONS = new Map(
  PAGE.split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
);

interface Example {
  readonly name: string;
  readonly mode: string | undefined;
  readonly counts: boolean;
  readonly lines: readonly string[];
}

const EXAMPLES: readonly Example[] = [...SECTIONS].flatMap(([name, text]) =>
  [...text.matchAll(/^```log (?:mode=(\S+) )?(counts|passes)\n(.*?)\n```$/gms)].map((found) => ({
    name,
    mode: found[1],
    counts: found[2] === 'counts',
    lines: found[3]!.split('\n'),
  })),
);

const filters = readdirSync(join(ROOT, 'filters.d'))
  .filter((file) => file.endsWith('.conf'))
  .map((file) => file.replace(/\.conf$/, ''))
  .filter((name) => !name.endsWith('common'));

test('there are as many sections of filters as filters', () => {
  const rows = [...PAGE.matchAll(/^\| \[`([\w.-]+)`\]\(#\1\) \| \S/gm)].map((found) => found[1]);
  expect(rows.sort()).toEqual([...filters].sort());
  expect([...SECTIONS.keys()].filter((name) => name !== 'Parts').sort()).toEqual([...filters].sort());
});

/** A filter with the files that it includes. */
function textOf(name: string): string {
  const text = readFileSync(join(ROOT, 'filters.d', `${name}.conf`), 'utf8');
  const included = [...text.matchAll(/^(?:before|after)\s*=\s*(\S+)\.conf$/gm)].map((found) => found[1]!);
  return [text, ...included.map(textOf)].join('\n');
}

describe.each(filters)('the page of filters on %s', (name) => {
  const text = textOf(name);
  // What `<mode-<mode>>` and its like can lead to.
  const chosen = [...text.matchAll(/<([\w-]+-)<mode>/g)].map((found) => found[1]!);
  const modes = new Set(
    chosen.flatMap((prefix) =>
      [...text.matchAll(new RegExp(`^${prefix}(\\w+)\\s*=`, 'gm'))].map((found) => found[1]!),
    ),
  );
  const section = SECTIONS.get(name) ?? '';

  test('names its modes', () => {
    const table = /^\| Mode +\| Sees +\|\n(.*?)\n\n/ms.exec(section)?.[1] ?? '';
    const named = [...table.matchAll(/^\| ((?:`[\w-]+`(?:, )?)+)/gm)]
      .flatMap((found) => found[1]!.split(', '))
      .map((mode) => mode.replaceAll('`', ''));
    expect([...new Set(named)].sort()).toEqual([...modes].sort());
  });

  test('shows a line that counts and one that does not', () => {
    const samples = existsSync(join(ROOT, `test/filters/${name}.log`)) ? readSamples(name) : [];
    const usable = samples.filter(({ options }) => options === undefined).map(({ match }) => match);
    // Where this fails test/filters/NAME.log lacks a line with "match": true, or one with false, without "options".
    expect({ name, samples: [...new Set(usable)].sort() }).toEqual({ name, samples: [false, true] });
    // Where this fails none of the first lines that match does so alone, or the page is not generated anew.
    const shown = EXAMPLES.filter((example) => example.name === name).map(({ counts }) => counts);
    expect({ name, shown: [...new Set(shown)].sort() }).toEqual({ name, shown: [false, true] });
  });
});

test.each(EXAMPLES)(
  'the example lines of $name (mode $mode, count: $counts) do what the page says',
  ({ name, mode, counts, lines }) => {
    const filter = filterOf(planOf(name, mode === undefined ? {} : { mode }));
    const found = lines.map((line) => feed(filter, line)).at(-1);
    const last = lines.at(-1) as string;
    const sample = readSamples(name).find(({ text }) => text === last);
    expect({ last, fails: found?.verdict === 'failure', host: found?.host }).toEqual({
      last,
      fails: counts,
      host: counts ? sample?.host : undefined,
    });
    if (counts) expect(sample?.match).toBe(true);
  },
);
