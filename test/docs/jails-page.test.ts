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
    const [, name, what, ports, log, more] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return /^`[\w.-]+`$/.test(name ?? '') && more !== undefined && /^(?:`[^`]+` ?)*$/.test(log ?? '')
      ? [
          {
            name: (name as string).slice(1, -1),
            what: what as string,
            ports: ports as string,
            logs: [...(log as string).matchAll(/`([^`]+)`/g)].map((found) => found[1] as string),
            more,
          },
        ]
      : [];
  });
  /** The row's word on the log, for the configuration to expand. */
  const asLog = (log: string) => (/^\w+$/.test(log) ? `%(${log})s` : log);
  const text = `[DEFAULT]\nenabled = true\n${rows.map(({ name, logs }) => `[${name}]\nignorecommand = ${logs.map(asLog).join('\n  ')}\n`).join('')}`;
  const { jails } = loadConfig({ folder: folderFor(text), mode: 'dump', state });

  test('has all of them', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.map(({ name }) => name).sort()).toEqual(jails.map(({ name }) => name).sort());
  });

  test.each(rows)('says what $name is', ({ name, what, ports, more }) => {
    const jail = jails.find((one) => one.name === name);
    const told = jail?.actions.flatMap(
      ({ properties }) => properties.get('port')?.value.split(/ *, */) ?? [],
    );
    const port = [...new Set(told)].join(', ');
    expect(what).toMatch(/\.$/);
    // What bans altogether has no use for ports.
    expect(ports).toBe(port === '0:65535' || port === '' ? 'all' : port);
    expect(jail?.logPaths.map(({ value }) => value.pattern).join('\n')).toBe(
      jail?.ignoreCommand?.value ?? '',
    );
    const values: Readonly<Record<string, string | undefined>> = {
      maxretry: String(jail?.maxRetry?.value),
      bantime: jail?.banTime?.value.text,
      findtime: jail?.findTime?.value.text,
    };
    for (const [, option = '', value] of more.matchAll(/`(maxretry|bantime|findtime) = (\w+)`/g))
      expect(values[option]).toBe(value);
    const mode = /\[mode=(\w+)/.exec(more)?.[1];
    if (mode !== undefined) expect(jail?.filter.options).toMatchObject({ mode });
  });
});

describe('the table of path sets', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| ((?:`[^`]+` ?)+) \| (.*) \|$/gm)].map(
    ([, name = '', here = '', elsewhere = '']) => ({ name, here, elsewhere }),
  );
  const pathsIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((found) => found[1]).join('\n');

  test('has what the jails read', () => expect(rows.length).toBeGreaterThan(40));

  test.each(['debian', 'fedora', 'opensuse', 'arch', 'alpine', 'freebsd'])('says where %s has it', (set) => {
    const probes = rows.map(({ name }) => `[${name}]\nfilter = sshd\nlogpath = %(${name})s\n`).join('');
    const text = `[INCLUDES]\nbefore = paths-${set}.conf\n[DEFAULT]\nenabled = true\n${probes}`;
    const { jails } = loadConfig({ folder: folderFor(text), mode: 'dump', state });
    const read = new Map(
      jails.map(({ name, logPaths }) => [name, logPaths.map(({ value }) => value.pattern).join('\n')]),
    );
    const said = rows.map(({ name, here, elsewhere }) => {
      const own = elsewhere.split('; ').find((each) => each.split(': ')[0]?.split(', ').includes(set));
      return [name, pathsIn(own ?? here)];
    });
    expect(said).toEqual(rows.map(({ name }) => [name, read.get(name)]));
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
