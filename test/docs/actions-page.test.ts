/**
 * docs/actions.md against the actions: every one is there, its parameters have the defaults that are said, and what there is
 * to paste is without a mistake.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../src/core/config/check/index.js';
import { ConfigFolder, loadConfig, statePaths } from '../../src/core/config/index.js';
import { ROOT } from '../commands/f2b.js';
import { folderOf } from '../config/tree.js';

const page = readFileSync(join(ROOT, 'docs/actions.md'), 'utf8');
const state = statePaths({ uid: 0, home: '/root' });

const sections = new Map(
  page
    .slice(page.indexOf('\n## All of them'))
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
);

const actions = readdirSync(join(ROOT, 'action.d'))
  .filter((file) => file.endsWith('.conf'))
  .map((file) => file.replace(/\.conf$/, ''))
  .filter((name) => !name.endsWith('common'));

function folderWith(example: string): ConfigFolder {
  return new ConfigFolder(
    folderOf({ 'jail.local': `[DEFAULT]\n${example}\n[sshd]\nenabled = true\n` }),
    ROOT,
  );
}

test('every action is there, in the table and below it', () => {
  const rows = [...page.matchAll(/^\| \[`([\w.-]+)`\]\(#\1\) \| \S/gm)].map((found) => found[1]);
  expect(rows.sort()).toEqual([...actions].sort());
  expect([...sections.keys()].sort()).toEqual([...actions].sort());
});

/** Defaults that were looked at, so that the page cannot change its form and nobody notices. */
let compared = 0;
afterAll(() => expect(compared).toBeGreaterThan(100));

describe.each(actions)('the page of actions on %s', (name) => {
  const section = sections.get(name) ?? '';
  const example = /^```ini\n(.*?)^```$/ms.exec(section)?.[1] ?? '';

  test('shows how it is called, without a mistake', async () => {
    const folder = folderWith(example);
    const { findings } = await checkConfig({ folder, year: 2026, hasJournal: false });
    expect(findings.filter(({ code }) => code !== 'no-log')).toEqual([]);
    const { jails } = loadConfig({ folder, mode: 'dump', state });
    expect(jails[0]?.actions.map(({ file }) => file)).toContain(name);
  });

  test('says the defaults that hold', () => {
    const { jails } = loadConfig({ folder: folderWith(`action = ${name}`), mode: 'dump', state });
    const properties = jails[0]?.actions[0]?.properties;
    const rows = [...section.matchAll(/^\| `([\w.?-]+)` +\| .* \| `([^`]+)`(?:, `[^`]+` \(IPv6\))? +\|$/gm)];
    const known = rows.filter(([, option]) => properties?.has(option as string));
    compared += known.length;
    expect(known.map(([, option, value]) => [option, value?.replaceAll('\\|', '|')])).toEqual(
      known.map(([, option]) => [option, properties?.get(option as string)?.value]),
    );
  });
});
