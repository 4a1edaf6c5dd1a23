/**
 * `f2b dump` beside `fail2ban-client -d` of the installed fail2ban (1.0.2): the same lines, or both refuse.
 *
 * Its newest version, which f2b follows, differs in what the last block names; nothing else may differ.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { f2b, run } from '../commands/f2b.js';
import { DUMP_CASES, type DumpCase } from './dump-cases.js';
import { dumpOfF2b, dumpOfFail2ban, INSTALLED, mapInParallel, tooLarge, writeTree } from './dump-compare.js';
import { randomTree } from './dump-trees.js';

const STOCK = '/etc/fail2ban';
const describeInstalled = INSTALLED ? describe : describe.skip;
if (!INSTALLED) process.stderr.write('fail2ban-client is not installed: dumps are not compared\n');

let scratch: string;
let folders = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'f2b-dump-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function newFolder(): string {
  const dir = join(scratch, String(folders++));
  mkdirSync(dir);
  return dir;
}

/** Its action has a bracket option in place of a variant for an address family; see the last block but one. */
const NEWER = 'pass2allow-ftp';
const ALL = `[DEFAULT]\nenabled = true\n[${NEWER}]\nenabled = false\n`;

/** A folder that is /etc/fail2ban but for its jail.local. */
function stockWith(jailLocal: string): string {
  const dir = newFolder();
  for (const name of readdirSync(STOCK)) {
    if (name !== 'jail.local') symlinkSync(join(STOCK, name), join(dir, name));
  }
  writeTree(dir, { 'jail.local': jailLocal });
  return dir;
}

/** What to say about a folder: nothing when both dumps are the same. */
async function differenceOf(dir: string): Promise<string> {
  const ours = dumpOfF2b(dir);
  if (tooLarge(ours)) return '';
  const theirs = await dumpOfFail2ban(dir);
  if (theirs.refused !== ours.refused) {
    const who = theirs.refused ? 'fail2ban' : 'f2b';
    return `only ${who} refuses: ${(theirs.refused ? theirs : ours).reason}`;
  }
  const count = Math.max(theirs.lines.length, ours.lines.length);
  for (let i = 0; i < count; i++) {
    if (theirs.lines[i] !== ours.lines[i]) return `line ${i + 1}\n- ${theirs.lines[i]}\n+ ${ours.lines[i]}`;
  }
  return '';
}

describeInstalled('the stock configuration', () => {
  const jails = () => {
    const { lines } = dumpOfF2b(stockWith(ALL));
    const start = "['start', '";
    return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length, -2));
  };

  test('as it is: the same on standard output, byte for byte, by the commands themselves', async () => {
    const [theirs, ours] = await Promise.all([run('fail2ban-client', ['-d']), f2b(['dump', '-c', STOCK])]);
    expect(ours).toMatchObject({ status: theirs.status, stdout: theirs.stdout });
    expect(theirs.stdout).toContain("['start', ");
  });

  test('long commands broken into lines: the same', async () => {
    const [theirs, ours] = await Promise.all([
      run('fail2ban-client', ['--dp']),
      f2b(['dump', '-c', STOCK, '--pretty']),
    ]);
    expect(ours.stdout).toBe(theirs.stdout);
  });

  test('all jails together: the same', async () => {
    const dir = stockWith(ALL);
    expect(await differenceOf(dir)).toBe('');
    expect(dumpOfF2b(dir).lines.length).toBeGreaterThan(1000);
  });

  test('all jails together, each with a log of its own: the same', async () => {
    const dir = stockWith(
      jails()
        .map((name) => `[${name}]\nenabled = true\nlogpath = @DIR@/log/*.log tail\n`)
        .join(''),
    );
    writeTree(dir, { 'log/a.log': '' });
    expect(await differenceOf(dir)).toBe('');
    expect(dumpOfF2b(dir).lines).toContainEqual(`['set', 'sshd', 'addlogpath', '${dir}/log/a.log', 'tail']`);
  });

  test('each jail alone: the same', async () => {
    const names = jails();
    expect(names.length).toBeGreaterThan(50);
    const found = await mapInParallel(names, async (name) => {
      const difference = await differenceOf(stockWith(`[DEFAULT]\n[${name}]\nenabled = true\n`));
      return difference && `${name}: ${difference}`;
    });
    expect(found.filter((text) => text !== '')).toEqual([]);
  });
});

describeInstalled('configurations written for one rule each', () => {
  const compare = async (cases: readonly DumpCase[]) => {
    const found = await mapInParallel(cases, async ({ name, files }) => {
      const dir = newFolder();
      writeTree(dir, { 'fail2ban.conf': '[Definition]\nloglevel = INFO\n', ...files });
      const difference = await differenceOf(dir);
      return difference && `${name}: ${difference}`;
    });
    return found.filter((text) => text !== '');
  };

  test.each(Object.entries(DUMP_CASES))('%s: the same', async (_, cases) => {
    expect(await compare(cases)).toEqual([]);
  });
});

describeInstalled('random configurations', () => {
  const differences = (seeds: readonly number[], calm: boolean) =>
    mapInParallel(seeds, async (seed) => {
      const dir = newFolder();
      writeTree(dir, randomTree(seed, { calm }));
      const difference = await differenceOf(dir);
      rmSync(dir, { recursive: true });
      return difference && `seed ${seed}: ${difference}`;
    });
  const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

  test('that mostly mean something: the same', async () => {
    expect((await differences(seeds(200), true)).filter((text) => text !== '')).toEqual([]);
  });

  test('that mostly are wrong: the same, or both refuse', async () => {
    expect((await differences(seeds(80), false)).filter((text) => text !== '')).toEqual([]);
  });
});

describeInstalled('where the newest fail2ban, and f2b, differ from 1.0.2', () => {
  const both = async (files: Readonly<Record<string, string>>) => {
    const dir = newFolder();
    writeTree(dir, files);
    return { theirs: await dumpOfFail2ban(dir), ours: dumpOfF2b(dir), dir };
  };
  const BASE = { 'fail2ban.conf': '[Definition]\nloglevel = INFO\n', 'jail.conf': '[j]\nenabled = yes\n' };

  test('a folder without fail2ban.conf is refused', async () => {
    const { theirs, ours } = await both({ 'jail.conf': BASE['jail.conf'] });
    expect([theirs.refused, ours.refused]).toEqual([false, true]);
  });

  test('a folder without jail.conf is refused', async () => {
    const { theirs, ours } = await both({ 'fail2ban.conf': BASE['fail2ban.conf'] });
    expect([theirs.refused, ours.refused]).toEqual([false, true]);
  });

  test('a file of the jails that cannot be read is the end, not left out', async () => {
    const { theirs, ours, dir } = await both({ ...BASE, 'jail.d/x.conf/in-the-way': '' });
    expect([theirs.refused, ours.refused]).toEqual([false, true]);
    expect(ours.reason).toContain(`${dir}/jail.d/x.conf`);
  });

  test('a jail that has a journalmatch and finds no file takes the journal', async () => {
    const { theirs, ours } = await both({
      ...BASE,
      'jail.conf': '[j]\nenabled = yes\nbackend = auto\nlogpath = /nowhere/*.log\njournalmatch = _COMM=x\n',
    });
    expect(theirs.lines).toContain("['add', 'j', 'auto']");
    expect(ours.lines).toContain("['add', 'j', 'systemd']");
  });

  test('a bracket option may be for one address family', async () => {
    const action = '[Definition]\nactionban = x\n[Init]\nb = 4\n[Init?family=inet6]\nb = 6\n';
    const { theirs, ours } = await both({
      ...BASE,
      'jail.conf': '[j]\nenabled = yes\naction = a[b?family=inet6=7]\n',
      'action.d/a.conf': action,
    });
    expect(theirs.refused).toBe(true);
    expect(ours.lines.at(-2)).toContain("['b?family=inet6', '7']");
  });

  test('a bracket option takes the place of the variants for an address family', async () => {
    const action = '[Definition]\nactionban = x\n[Init]\nb = 4\n[Init?family=inet6]\nb = 6\n';
    const { theirs, ours } = await both({
      ...BASE,
      'jail.conf': '[j]\nenabled = yes\naction = a[b=5]\n',
      'action.d/a.conf': action,
    });
    expect(theirs.lines.at(-2)).toContain("['b?family=inet6', '6']");
    expect(ours.lines.at(-2)).not.toContain('family');
  });
});

describeInstalled('where f2b is more patient than any fail2ban', () => {
  test('a circle of includes through a .local is cut', async () => {
    const dir = newFolder();
    writeTree(dir, {
      'fail2ban.conf': '[Definition]\n',
      'jail.conf': '[INCLUDES]\nbefore = a.conf\n[j]\nenabled = yes\nmaxretry = %(n)s\n',
      'a.conf': '[DEFAULT]\nn = 3\n',
      'a.local': '[INCLUDES]\nbefore = a.conf\n',
    });
    expect((await dumpOfFail2ban(dir)).refused).toBe(true);
    expect(dumpOfF2b(dir).lines).toContain("['set', 'j', 'maxretry', 3]");
  });
});
