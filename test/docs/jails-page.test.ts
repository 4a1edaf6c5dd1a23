/**
 * docs/jails.md: its examples mean something and are without a mistake, its tables say what ships.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../src/core/config/check/index.js';
import { ConfigFolder, loadConfig, statePaths } from '../../src/core/config/index.js';
import { ROOT } from '../commands/f2b.js';
import { folderOf } from '../config/tree.js';

const page = readFileSync(join(ROOT, 'docs/jails.md'), 'utf8');
const examples = [...page.matchAll(/^```ini\n(.*?)^```$/gms)].map((found) => found[1] as string);
const state = statePaths({ uid: 0, home: '/root' });

/** `[Definition]` is for f2b.conf, the rest for jail.local. */
function folderFor(example: string): ConfigFolder {
  const file = example.startsWith('[Definition]') ? 'f2b.conf' : 'jail.local';
  return new ConfigFolder(folderOf({ [file]: example }), ROOT);
}

describe('the examples', () => {
  test('are there', () => expect(examples.length).toBeGreaterThan(5));

  test.each(examples)('are without a mistake, and turn on what they say: %s', async (example) => {
    const folder = folderFor(example);
    const { findings } = await checkConfig({ folder, year: 2026, hasJournal: false });
    expect(findings.filter(({ code }) => code !== 'no-log')).toEqual([]);
    const { jails, fatal, skipped, global } = loadConfig({ folder, mode: 'dump', state });
    expect({ fatal, skipped }).toEqual({ skipped: [] });
    const enabled = [...example.matchAll(/^\[(?!DEFAULT|INCLUDES|Definition)(.*)\]/gm)].map(
      (found) => found[1],
    );
    expect(jails.map(({ name }) => name).sort()).toEqual(enabled.sort());
    const dbfile = /^dbfile = (.*)$/m.exec(example)?.[1] ?? state.dbfile;
    expect(global?.dbfile.value).toBe(dbfile);
  });
});

describe('the table of jails', () => {
  const rows = page.split('\n').flatMap((line) => {
    const [, name, ports, log, more] = line.split('|').map((cell) => cell.trim());
    return /^`[\w-]+`$/.test(name ?? '') && more !== undefined && /^(?:`[a-z]\w*_\w+` ?)+$/.test(log ?? '')
      ? [
          {
            name: (name as string).slice(1, -1),
            ports: ports as string,
            logs: [...(log as string).matchAll(/`(\w+)`/g)].map((found) => found[1] as string),
            more,
          },
        ]
      : [];
  });
  const text = `[DEFAULT]\nenabled = true\n${rows.map(({ name, logs }) => `[${name}]\nignorecommand = ${logs.map((log) => `%(${log})s`).join('\n  ')}\n`).join('')}`;
  const { jails } = loadConfig({ folder: folderFor(text), mode: 'dump', state });

  test('has all of them', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(jails.map(({ name }) => name).sort());
  });

  test.each(rows)('says what $name is', ({ name, ports, more }) => {
    const jail = jails.find((one) => one.name === name);
    const port = jail?.actions[0]?.properties.get('port')?.value.replaceAll(',', ', ');
    expect(ports.replace(', TCP and UDP', '')).toBe(port === '0:65535' ? 'all' : port);
    expect(jail?.logPaths.map(({ value }) => value.pattern).join('\n')).toBe(jail?.ignoreCommand?.value);
    const values: Readonly<Record<string, string | undefined>> = {
      maxretry: String(jail?.maxRetry?.value),
      bantime: jail?.banTime?.value.text,
      findtime: jail?.findTime?.value.text,
    };
    for (const [, option = '', value] of more.matchAll(/`(\w+) = (\w+)`/g))
      expect(values[option]).toBe(value);
    const mode = /mode[= `]+(\w+)/.exec(more)?.[1];
    if (mode !== undefined) expect(jail?.filter.options).toMatchObject({ mode });
  });
});

test('the table of places says where they are', () => {
  const user = statePaths({
    uid: 1,
    home: '/h',
    stateHome: '/$XDG_STATE_HOME',
    runtimeDir: '/$XDG_RUNTIME_DIR',
  });
  for (const path of [state.dbfile, state.logtarget, state.socket]) expect(page).toContain(`\`${path}\``);
  for (const path of [user.dbfile, user.logtarget, user.socket])
    expect(page).toContain(`\`${path.slice(1)}\``);
});
