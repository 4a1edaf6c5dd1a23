/**
 * docs/filters.md against the filters: every one is there with its modes, and its example lines do what it says.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { feed, filterOf, planOf, ROOT } from '../filters/run-filter.js';

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

describe.each(filters)('the page of filters on %s', (name) => {
  const text = readFileSync(join(ROOT, 'filters.d', `${name}.conf`), 'utf8');
  // What `<mode-<mode>>` and its like can lead to.
  const modes = [...new Set([...text.matchAll(/^(?:mode|module)-(\w+)\s*=/gm)].map((found) => found[1]!))];
  const section = SECTIONS.get(name) ?? '';

  test('names its modes', () => {
    const named = [...section.matchAll(/^\| ((?:`[\w-]+`(?:, )?)+) +\|/gm)]
      .flatMap((found) => found[1]!.split(', '))
      .map((mode) => mode.replaceAll('`', ''));
    expect([...new Set(named)].sort()).toEqual([...modes].sort());
  });

  test('shows a line that counts and one that does not', () => {
    const shown = EXAMPLES.filter((example) => example.name === name).map(({ counts }) => counts);
    expect([...new Set(shown)].sort()).toEqual([false, true]);
  });
});

test.each(EXAMPLES)(
  'the example lines of $name (mode $mode, count: $counts) do what the page says',
  (example) => {
    const { name, mode, counts, lines } = example;
    const filter = filterOf(planOf(name, mode === undefined ? {} : { mode }));
    const found = lines.map((line) => {
      const { verdict, host } = feed(filter, line);
      return { line, fails: verdict === 'failure', host };
    });
    expect(found).toEqual(
      lines.map((line) => ({ line, fails: counts, host: counts ? '192.0.2.7' : undefined })),
    );
  },
);
