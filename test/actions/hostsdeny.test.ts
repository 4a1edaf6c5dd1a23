/** hosts.deny byte for byte: what is not ours stays, whatever the file looks like. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Engine, Lab, missing } from './lab.js';

const why = missing('flock');
const when = why === undefined ? describe : describe.skip;
if (why !== undefined) console.warn(`hostsdeny is not tested: ${why}`);

const OK = { failed: [], errors: [] };
const IP4 = '192.0.2.1';
const IP6 = '2001:db8::1';
const OURS = `ALL: ${IP4}\nALL: [${IP6}]\n`;

when('hostsdeny', () => {
  let lab: Lab;
  let folder: string;
  let file: string;
  let engine: Engine;
  beforeAll(async () => {
    lab = await Lab.open();
    folder = mkdtempSync(join(tmpdir(), 'f2b-deny-'));
    file = join(folder, 'hosts.deny');
    engine = lab.engine(`hostsdeny[file=${file}]`);
  });
  beforeEach(() => rmSync(file, { force: true }));
  afterAll(() => {
    lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const text = () => readFileSync(file, 'latin1');
  const write = (content: string) => writeFileSync(file, content, 'latin1');
  const alone = () => expect(readdirSync(folder)).toEqual(['hosts.deny']);

  /** Content, and whether our lines go to the end. */
  const FILES: readonly [what: string, content: string, atEnd: boolean][] = [
    ['is empty', '', true],
    ['has lines of others', '# mine\nsshd: 10.0.0.1\n\nALL: PARANOID\n', true],
    ['has no end of its last line', '# mine\nALL: ALL', false],
    ['has no end of its only line', 'x', false],
    ['ends in a line that goes on', 'sshd: 10.0.0.1, \\\n', false],
    ['ends in half a line that goes on', 'sshd: 10.0.0.1, \\\n10.0.0.2', false],
    ['has bytes that are no text', 'a\xff\xfe\0b\r\nc: \xe4\0\n', true],
    ['ends in a NUL', 'abc\0', false],
    [
      'has lines that look like ours, but for a bit',
      `ALL: ${IP4}0\nALL:${IP4}\n ALL: ${IP4}\nall: ${IP4}\nALL: ${IP4} \nALL: 192x0x2x1\n`,
      true,
    ],
    ['ends in blank lines', 'a: b\n\n\n', true],
  ];

  test.each(FILES)('leaves a file that %s as it was', async (_what, content, atEnd) => {
    write(content);
    expect(await engine.ban([IP4])).toEqual(OK);
    expect(await engine.ban([IP6])).toEqual(OK);
    expect(text()).toBe(atEnd ? content + OURS : `ALL: [${IP6}]\nALL: ${IP4}\n${content}`);
    expect(await engine.reban([IP4])).toEqual(OK);
    expect(await engine.verify([IP4, IP6, '192.0.2.77'])).toEqual(['present', 'present', 'absent']);
    expect(await engine.unban([IP4])).toEqual(OK);
    expect(await engine.unban([IP6])).toEqual(OK);
    expect(text()).toBe(content);
    alone();
  });

  test.each(FILES)('does a batch in one go in a file that %s', async (_what, content, atEnd) => {
    write(content);
    const ids = Array.from({ length: 300 }, (_, i) => `10.2.${i >> 8}.${i & 255}`);
    const ours = ids.map((id) => `ALL: ${id}\n`).join('');
    expect(await engine.ban(ids)).toEqual(OK);
    expect(text()).toBe(atEnd ? content + ours : ours + content);
    expect(await engine.unban(ids)).toEqual(OK);
    expect(text()).toBe(content);
    alone();
  });

  test('keeps what others write meanwhile', async () => {
    write('a: b\n');
    await engine.ban([IP4]);
    write(`${text()}c: d`);
    await engine.ban([IP6]);
    await engine.unban([IP4, IP6]);
    expect(text()).toBe('a: b\nc: d');
  });

  test('keeps owner and mode', async () => {
    write('a: b\n');
    chmodSync(file, 0o640);
    chownSync(file, 1234, 2345);
    await engine.ban([IP4]);
    const { mode, uid, gid } = statSync(file);
    expect([mode & 0o7777, uid, gid]).toEqual([0o640, 1234, 2345]);
    await engine.unban([IP4]);
    expect(text()).toBe('a: b\n');
  });

  test('makes a file that is missing, readable by all', async () => {
    expect(await engine.unban([IP4])).toEqual(OK);
    expect(existsSync(file)).toBe(false);
    expect(await engine.ban([IP4])).toEqual(OK);
    expect(text()).toBe(`ALL: ${IP4}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o644);
    await engine.unban([IP4]);
  });

  test('writes networks as tcp wrappers read them', async () => {
    write('');
    await engine.ban(['192.0.2.0/24', '2001:db8::/32']);
    expect(text()).toBe('ALL: 192.0.2.0/24\nALL: [2001:db8::]/32\n');
    expect(await engine.verify(['192.0.2.0/24', '2001:db8::/32'])).toEqual(['present', 'present']);
    await engine.unban(['192.0.2.0/24', '2001:db8::/32']);
    expect(text()).toBe('');
  });

  test('refuses a symbolic link, and leaves what it points to alone', async () => {
    const target = join(lab.scratch, 'shadow');
    writeFileSync(target, 'root:*\n');
    symlinkSync(target, file);
    const { failed } = await engine.ban([IP4]);
    expect(failed[0]?.reason).toContain('is a symbolic link');
    expect(readFileSync(target, 'utf8')).toBe('root:*\n');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
  });

  test('refuses a folder', async () => {
    mkdirSync(file);
    expect((await engine.ban([IP4])).failed[0]?.reason).toContain('is not a file');
    rmSync(file, { recursive: true });
  });

  test('clears away what a killed run has left', async () => {
    write('a: b\n');
    writeFileSync(`${file}.f2b.AbCdEf12`, 'half');
    await engine.ban([IP4]);
    alone();
    await engine.unban([IP4]);
  });

  test('loses nothing when many write at the same time', async () => {
    write('a: b\n');
    const engines = Array.from({ length: 4 }, (_, i) =>
      lab.engine(`hostsdeny[file=${file},daemon_list=service${i}]`),
    );
    const ids = Array.from({ length: 8 }, (_, i) => `10.3.0.${i}`);
    for (const id of ids) await Promise.all(engines.map((one) => one.ban([id])));
    expect(text().split('\n').length - 1).toBe(1 + 4 * ids.length);
    await Promise.all(engines.map((one) => one.unban(ids)));
    expect(text()).toBe('a: b\n');
    for (const one of engines) one.end();
  });

  test('refuses what is no address', async () => {
    write('a: b\n');
    const { failed } = await engine.ban(['evil.example', 'x: y', 'ALL']);
    expect(failed).toHaveLength(3);
    expect(text()).toBe('a: b\n');
  });
});
