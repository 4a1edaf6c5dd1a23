import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { connect } from '../../src/core/store/driver.js';
import { acquireLock } from '../../src/core/store/lock.js';
import { APPLICATION_ID } from '../../src/core/store/migrations.js';
import { openForReading, openForWriting } from '../../src/core/store/open.js';
import { program } from './child.js';
import { ban, NOW } from './samples.js';
import { scratch } from './scratch.js';

const newPath = scratch();
const options = { waitMs: 0, clock: new ManualClock(NOW), command: 'f2b test' };
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** A store with some bans, closed. */
async function filled(path = newPath(), count = 3): Promise<string> {
  const store = await openForWriting(path, options);
  store.addBans(Array.from({ length: count }, (_, i) => ban(`10.0.${i >> 8}.${i & 255}`)));
  store.close();
  return path;
}

describe('a store that is opened', () => {
  test('for writing is made with its folder, for its owner only', async () => {
    const path = newPath('state/f2b/f2b.sqlite3');
    const store = await openForWriting(path, options);
    store.addBan(ban('192.0.2.1'));
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(dirname(path))) {
      expect([name, statSync(join(dirname(path), name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(store.path).toBe(path);
    store.close();
  });

  test('for reading is empty where there is none, and nothing is made', () => {
    const path = newPath('none/f2b.sqlite3');
    const store = openForReading(path, options);
    expect(store.jails()).toEqual([]);
    store.close();
    expect(existsSync(dirname(path))).toBe(false);
    const empty = newPath();
    writeFileSync(empty, '');
    expect(openForReading(empty, options).jails()).toEqual([]);
  });

  test('for writing twice is refused, for reading is not', async () => {
    const path = newPath();
    const store = await openForWriting(path, options);
    await expect(openForWriting(path, options)).rejects.toMatchObject({ code: 'store-locked' });
    openForReading(path, options).close();
    store.close();
    (await openForWriting(path, options)).close();
  });

  test('frees the lock when it cannot be opened after all', async () => {
    const path = newPath();
    mkdirSync(path);
    await expect(openForWriting(path, options)).rejects.toMatchObject({ code: 'store-unsafe' });
    (await acquireLock(path, options)).release();
  });

  test('leaves all it has in the one file', async () => {
    const path = await filled();
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  });

  test('may have any name', async () => {
    for (const name of ['a b?c#d%20.sqlite3', 'file:x.sqlite3', 'ü.sqlite3']) {
      const path = await filled(newPath(name));
      expect(existsSync(path)).toBe(true);
      expect(openForReading(path, options).bans('sshd')).toHaveLength(3);
    }
  });
});

describe('a store is not opened', () => {
  const planted: [string, (path: string) => void, RegExp][] = [
    [
      'a symbolic link',
      (path) => {
        writeFileSync(`${path}.real`, '');
        symlinkSync(`${path}.real`, path);
      },
      /is a symbolic link/,
    ],
    ['a link to nothing', (path) => symlinkSync(`${path}.nowhere`, path), /is a symbolic link/],
    [
      'a link in place of its log',
      (path) => symlinkSync('/etc/passwd', `${path}-wal`),
      /-wal .*symbolic link/,
    ],
    ['a folder', (path) => mkdirSync(path), /is not a plain file/],
    [
      'in a folder where anybody may replace it',
      (path) => chmodSync(dirname(path), 0o777),
      /anybody may replace/,
    ],
    ...(isRoot
      ? ([
          [
            "somebody else's file",
            (path) => {
              writeFileSync(path, '');
              chownSync(path, NOBODY, NOBODY);
            },
            /belongs to somebody else \(uid 65534\)/,
          ],
          [
            "in somebody else's folder",
            (path) => chownSync(dirname(path), NOBODY, NOBODY),
            /its folder .*somebody/,
          ],
        ] satisfies [string, (path: string) => void, RegExp][])
      : []),
  ];
  test.each(planted)('that is %s', async (_, plant, reason) => {
    const path = newPath();
    plant(path);
    const refusal = { code: 'store-unsafe', message: expect.stringMatching(reason) };
    await expect(openForWriting(path, options)).rejects.toMatchObject(refusal);
    expect(() => openForReading(path, options)).toThrow(expect.objectContaining(refusal));
    expect(existsSync(`${path}.nowhere`)).toBe(false);
  });

  test('is, in a folder where everybody may write but nobody replace (as /tmp)', async () => {
    const path = newPath();
    chmodSync(dirname(path), 0o1777);
    await filled(path);
    const hard = `${path}.hard`;
    linkSync(path, hard);
    expect(openForReading(path, options).bans('sshd')).toHaveLength(3);
  });

  test('that a later f2b has made, and stays as it is', async () => {
    const path = await filled();
    const db = connect(path, { mode: 'write' });
    db.exec('pragma user_version = 99; pragma wal_checkpoint(truncate)');
    db.close();
    const before = readFileSync(path);
    const refusal = { code: 'store-newer', message: expect.stringMatching(/version 99.*knows up to \d/) };
    await expect(openForWriting(path, options)).rejects.toMatchObject(refusal);
    expect(() => openForReading(path, options)).toThrow(expect.objectContaining(refusal));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('that is a database of something else', async () => {
    const path = newPath();
    const db = connect(path, { mode: 'write' });
    db.exec('create table cookies (a); pragma user_version = 3');
    db.close();
    const before = readFileSync(path);
    await expect(openForWriting(path, options)).rejects.toMatchObject({ code: 'store-foreign' });
    expect(() => openForReading(path, options)).toThrow(expect.objectContaining({ code: 'store-foreign' }));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('where a file stands in the place of a folder', async () => {
    const file = newPath('file');
    writeFileSync(file, '');
    await expect(openForWriting(join(file, 'f2b.sqlite3'), options)).rejects.toMatchObject({
      code: 'store-denied',
    });
  });
});

describe('a store of an earlier f2b', () => {
  // As it would be: ours, but without tables that came later.
  const early = () => {
    const path = newPath();
    const db = connect(path, { mode: 'write' });
    db.exec(`create table x (a); drop table x; pragma application_id = ${APPLICATION_ID}`);
    db.close();
    return path;
  };

  test('is brought up to date by who writes, and by who reads when nobody writes', async () => {
    (await openForWriting(early(), options)).close();
    const path = early();
    expect(openForReading(path, options).bans('sshd')).toEqual([]);
    (await openForWriting(path, options)).close();
  });

  test('is not touched by who reads while an earlier f2b writes', async () => {
    const path = early();
    const lock = await acquireLock(path, options);
    expect(() => openForReading(path, options)).toThrow(/in use by an older f2b/);
    lock.release();
  });
});

(isRoot ? describe : describe.skip)('without room or permission (needs root to set up)', () => {
  const mounts: string[] = [];
  afterAll(() => {
    for (const folder of mounts) spawnSync('umount', ['-l', folder]);
  });
  const mount = () => {
    const folder = dirname(newPath());
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0755', 'tmpfs', folder]);
    if (status !== 0) return undefined;
    mounts.push(folder);
    return join(folder, 'f2b.sqlite3');
  };
  const tryOpen = program('try-open');
  const asNobody = (path: string, mode: 'read' | 'write') => {
    const { args, file } = tryOpen.command(path, mode);
    const { stdout, stderr } = spawnSync(file, args, { uid: NOBODY, gid: NOBODY, encoding: 'utf8' });
    return JSON.parse(stdout || JSON.stringify({ stderr })) as Record<string, unknown>;
  };

  test('a full disk fails a transaction whole, and what was there stays', async () => {
    const path = mount();
    if (path === undefined) return console.warn('skipped: tmpfs cannot be mounted here');
    const store = await openForWriting(path, options);
    store.addBan(ban('192.0.2.1'));
    const fill = (i: number) =>
      store.addBans(Array.from({ length: 100 }, (_, k) => ban(`10.0.${i}.${k}`, { timeSec: NOW + i })));
    let done = 0;
    expect(() => {
      for (; done < 100; done++) fill(done);
    }).toThrow(expect.objectContaining({ code: 'store-full', message: expect.stringContaining(path) }));
    expect(store.bans('sshd')).toHaveLength(1 + 100 * done);
    store.close();
    expect(openForReading(path, options).bans('sshd')).toHaveLength(1 + 100 * done);
  });

  test('a disk that is full from the start is one clear error', async () => {
    const path = mount();
    if (path === undefined) return console.warn('skipped: tmpfs cannot be mounted here');
    writeFileSync(`${path}.ballast`, Buffer.alloc(1024 * 1024 - 4096));
    await expect(openForWriting(path, options)).rejects.toMatchObject({ code: 'store-full' });
  });

  test('a read-only file system can be read and not be written to', async () => {
    const path = mount();
    if (path === undefined) return console.warn('skipped: tmpfs cannot be mounted here');
    // By another process: this one would keep it open for a while.
    await tryOpen(path, 'fill').ended;
    expect(spawnSync('mount', ['-o', 'remount,ro', dirname(path)]).status).toBe(0);
    const store = openForReading(path, options);
    expect(store.bans('sshd')).toHaveLength(3);
    store.close();
    await expect(openForWriting(path, options)).rejects.toMatchObject({ code: 'store-readonly' });
  });

  test('who may read but not write can read', async () => {
    const path = await filled();
    chmodSync(dirname(path), 0o755);
    chmodSync(path, 0o644);
    expect(asNobody(path, 'read')).toEqual({ bans: 3 });
    // While it is written to as well, as far as its log may be read.
    const store = await openForWriting(path, options);
    store.addBan(ban('192.0.2.1'));
    for (const end of ['-wal', '-shm']) chmodSync(path + end, 0o644);
    expect(asNobody(path, 'read')).toEqual({ bans: 4 });
    store.close();
    expect(asNobody(path, 'write')).toMatchObject({ code: 'store-denied' });
  });

  test('who may not even read is told so', async () => {
    const path = await filled();
    chmodSync(dirname(path), 0o755);
    expect(asNobody(path, 'read')).toMatchObject({
      code: 'store-denied',
      message: expect.stringContaining(path),
    });
    chmodSync(dirname(path), 0o700);
    expect(asNobody(path, 'read')).toMatchObject({ code: 'store-denied' });
    expect(asNobody(path, 'write')).toMatchObject({ code: 'store-denied' });
    expect(asNobody(join(dirname(path), 'new/f2b.sqlite3'), 'write')).toMatchObject({ code: 'store-denied' });
  });
});
