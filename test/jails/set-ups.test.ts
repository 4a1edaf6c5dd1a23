/**
 * Jails as people have them: the same as with the installed fail2ban, and of use with nothing but what ships here.
 */
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../src/core/config/check/index.js';
import { ConfigFolder, loadConfig, showCommand } from '../../src/core/config/index.js';
import { ROOT } from '../commands/f2b.js';
import { folderOf } from '../config/tree.js';
import { dumpOfF2b, dumpOfFail2ban, INSTALLED } from '../differential/dump-compare.js';
import { LOGS, SET_UPS, type SetUp } from './set-ups.js';

const STOCK = '/etc/fail2ban';
const describeInstalled = INSTALLED ? describe : describe.skip;
if (!INSTALLED) process.stderr.write('fail2ban-client is not installed: jails are not compared with it\n');

const logs = folderOf(Object.fromEntries(LOGS.map((name) => [name, ''])));
const withLogs = (text: string) => text.replaceAll('LOG/', `${logs}/`);

/** A folder with nothing but what the user wrote. */
function ownFolder({ jailLocal, files }: SetUp): string {
  return folderOf({ ...files, 'jail.local': withLogs(jailLocal) });
}

/** The same within the stock configuration. */
function stockFolder(setUp: SetUp): string {
  const dir = ownFolder(setUp);
  const mine = new Set(readdirSync(dir));
  for (const name of readdirSync(STOCK)) if (!mine.has(name)) symlinkSync(join(STOCK, name), join(dir, name));
  for (const folder of ['filter.d', 'action.d'].filter((name) => mine.has(name))) {
    const own = new Set(readdirSync(join(dir, folder)));
    for (const name of readdirSync(join(STOCK, folder))) {
      if (!own.has(name)) symlinkSync(join(STOCK, folder, name), join(dir, folder, name));
    }
  }
  return dir;
}

function settingsOf(lines: readonly string[], { jail, settings }: SetUp): Record<string, string | undefined> {
  const settingOf = (option: string) => {
    const start = `['set', '${jail}', '${option}', `;
    return lines
      .find((line) => line.startsWith(start))
      ?.slice(start.length, -1)
      .replaceAll(`${logs}/`, 'LOG/');
  };
  return Object.fromEntries(Object.keys(settings).map((option) => [option, settingOf(option)]));
}

function actionsOf(lines: readonly string[], { jail }: SetUp): string[] {
  const start = `['set', '${jail}', 'addaction', '`;
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length, -2));
}

describeInstalled('with the stock filters and actions', () => {
  test.each(SET_UPS)('$name: the same dump as fail2ban-client has', async (setUp) => {
    const dir = stockFolder(setUp);
    const theirs = await dumpOfFail2ban(dir);
    const ours = dumpOfF2b(dir);
    expect(theirs).toMatchObject({ refused: false });
    expect(ours.lines).toEqual(theirs.lines);
    expect(settingsOf(ours.lines, setUp)).toEqual(setUp.settings);
    const banaction = /^\['set', 'x', 'usedns', '(.*)'\]$/m;
    const probe = dumpOfF2b(stockFolder({ ...setUp, jailLocal: PROBE })).lines.join('\n');
    const named = banaction.exec(probe)?.[1] ?? '';
    expect(actionsOf(ours.lines, setUp)).toEqual(
      setUp.actions.map((name) => name.replace('@banaction', named)),
    );
  });
});

const PROBE = '[x]\nenabled = true\nfilter = sshd\nbackend = systemd\nusedns = %(banaction)s\n';

describe('with what ships', () => {
  test.each(SET_UPS)('$name: loads, and means the same', (setUp) => {
    const folder = new ConfigFolder(ownFolder(setUp), ROOT);
    const { jails, problems, fatal, stream } = loadConfig({ folder, mode: 'start' });
    const lines = stream().map(showCommand);
    expect(problems.filter(({ level }) => level !== 'notice')).toEqual([]);
    expect(fatal).toBeUndefined();
    expect(jails.map(({ name }) => name)).toEqual([setUp.jail]);
    expect(settingsOf(lines, setUp)).toEqual(setUp.settings);
    expect(actionsOf(lines, setUp)).toEqual(
      setUp.actions.map((name) => name.replace('@banaction', 'nftables')),
    );
    expect(jails[0]?.filter.failregex.length).toBeGreaterThan(0);
  });

  test.each(SET_UPS)('$name: without a mistake', async (setUp) => {
    const folder = new ConfigFolder(ownFolder(setUp), ROOT);
    const { findings, jails } = await checkConfig({ folder, year: 2026 });
    expect(findings).toEqual([]);
    expect(jails).toEqual([setUp.jail]);
  });

  test('the spam jail does without a filter of its own', () => {
    const setUp = { ...(SET_UPS[0] as SetUp), files: {} };
    const { jails } = loadConfig({ folder: new ConfigFolder(ownFolder(setUp), ROOT), mode: 'start' });
    expect(jails[0]?.filter.failregex[0]?.origin?.file).toBe(join(ROOT, 'filters.d/spam.conf'));
  });
});
