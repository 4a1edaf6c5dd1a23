/** Log files that are followed, one thing at a time; follow-model.test.ts has all of them together. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { readers, scratchFolders } from './follow-harness.js';

const folder = scratchFolders();
const read = readers();

function log(name = 'app.log', content = ''): string {
  const path = join(folder(), name);
  writeFileSync(path, content);
  return path;
}

describe.each([
  ['that tell of changes', { netMs: 3_600_000 }],
  ['that nobody tells about', { notify: false, pollMs: 20 }],
])('files %s', (_, options) => {
  test('give what is there, then what is written', async () => {
    const path = log('app.log', 'one\ntwo\n');
    const reading = await read([path], options);
    await reading.untilLines(2);
    appendFileSync(path, 'three\nfour\n');
    expect(await reading.untilLines(4)).toEqual(['one', 'two', 'three', 'four']);
    expect(reading.positions.get(path)).toMatchObject({ path, offsetBytes: 19 });
  });

  test('are live once all of them have been read to their ends', async () => {
    const paths = [log('a.log', 'a\n'), log('b.log', 'b\n'), log('c.log')];
    const reading = await read(paths, options);
    await reading.until(() => reading.batches.filter(({ live }) => live).length === 3);
    expect(reading.batches.map(({ live }) => live)).toEqual([false, false, true, true, true]);
    appendFileSync(paths[2] as string, 'c\n');
    await reading.untilLines(3);
    expect(reading.batches.at(-1)).toMatchObject({ path: paths[2], live: true });
  });

  test('keep half a line until its end is written', async () => {
    const path = log();
    const reading = await read([path], options);
    for (const piece of ['be', 'gin', 'ning é'.slice(0, 5), 'é\nne', 'xt', '\n']) {
      appendFileSync(path, piece);
      await sleep(30);
    }
    expect(await reading.untilLines(2)).toEqual(['beginning é'.replace(' é', ' é'), 'next']);
    expect(reading.notices.filter((notice) => /half|middle/.test(notice))).toEqual([]);
  });

  test('go on where they were read to, and at the end with `tail`', async () => {
    const path = log('app.log', 'old\n');
    const first = await read([path], { ...options, mode: 'tail' });
    await first.until(() => first.batches.length > 0);
    appendFileSync(path, 'new\n');
    expect(await first.untilLines(1)).toEqual(['new']);
    await first.follower.stop();
    appendFileSync(path, 'newer\n');
    const next = await read([path], { ...options, positions: [...first.positions.values()] });
    expect(await next.untilLines(1)).toEqual(['newer']);
  });

  test('are read to their ends when they are removed, and from their starts when they return', async () => {
    const path = log('app.log', 'one\n');
    const reading = await read([path], options);
    await reading.untilLines(1);
    appendFileSync(path, 'two\n');
    unlinkSync(path);
    await reading.untilLines(2);
    writeFileSync(path, 'three\n');
    expect(await reading.untilLines(3)).toEqual(['one', 'two', 'three']);
  });

  test.each([
    ['smaller', 'new one\n'],
    ['of the same size', 'two\nsix\nten\n'],
    ['larger', 'another line that is longer\nthan all before\n'],
  ])('that are copied and truncated and %s by now give each line once', async (__, content) => {
    const path = log('app.log', 'one\n');
    const reading = await read([path], options);
    await reading.untilLines(1);
    appendFileSync(path, 'abc\ndef\n');
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    appendFileSync(path, content);
    const lines = content.trimEnd().split('\n');
    expect(await reading.untilLines(3 + lines.length)).toEqual(['one', 'abc', 'def', ...lines]);
    expect(reading.notices).toContain(`rotated app.log Log rotation detected for ${path}`);
  });

  test('that were renamed still give the lines of a writer who has not noticed', async () => {
    const path = log('app.log', 'one\n');
    const reading = await read([path], options);
    await reading.untilLines(1);
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'late\n');
    await reading.untilLines(2);
    writeFileSync(path, 'new\n');
    await reading.untilLines(3);
    appendFileSync(`${path}.1`, 'later\n');
    expect(await reading.untilLines(4)).toEqual(['one', 'late', 'new', 'later']);
    expect(reading.positions.get(path)?.rotated).toMatchObject({ path: `${path}.1`, offsetBytes: 15 });
  });

  test('behind a link that leads elsewhere by now are read to their ends, then the new ones', async () => {
    const home = folder();
    const [path, one, two] = [join(home, 'current'), join(home, 'one.txt'), join(folder(), 'two.txt')];
    writeFileSync(one, '1\n');
    symlinkSync(one, path);
    const reading = await read([path], options);
    await reading.untilLines(1);
    appendFileSync(one, '2\n');
    writeFileSync(two, '3\n');
    rmSync(path);
    symlinkSync(two, path);
    expect(await reading.untilLines(3)).toEqual(['1', '2', '3']);
    await sleep(100);
    appendFileSync(two, '4\n');
    await reading.untilLines(4);
    appendFileSync(one, '5\n');
    rmSync(path);
    symlinkSync(one, path);
    expect(await reading.untilLines(5)).toEqual(['1', '2', '3', '4', '5']);
  });

  test('are given up and taken up again while they are followed', async () => {
    const home = folder();
    const [a, b] = [join(home, 'a.log'), join(home, 'b.log')];
    writeFileSync(a, 'a1\n');
    writeFileSync(b, 'b1\n');
    const reading = await read([a], options);
    await reading.untilLines(1);
    await reading.follower.add(b, 'head');
    expect(reading.follower.paths).toEqual([a, b]);
    await reading.untilLines(2);
    reading.follower.remove(a);
    expect(reading.follower.paths).toEqual([b]);
    appendFileSync(a, 'a2\n');
    appendFileSync(b, 'b2\n');
    expect(await reading.untilLines(3)).toEqual(['a1', 'b1', 'b2']);
    await reading.follower.add(a, 'tail');
    expect(await reading.untilLines(4)).toEqual(['a1', 'b1', 'b2', 'a2']);
    expect(reading.notices.filter((notice) => /^(?:added|removed)/.test(notice))).toEqual([
      expect.stringMatching(/^added a.log Added logfile: '.*a\.log' \(pos = 0, hash = [0-9a-f]{40}\)$/),
      expect.stringMatching(/^added b.log Added logfile: /),
      expect.stringMatching(/^removed a.log Removed logfile: '.*a\.log'$/),
      expect.stringMatching(/^added a.log Added logfile: '.*a\.log' \(pos = 3, hash = /),
    ]);
  });

  test('end at once when nobody wants to know any more', async () => {
    const path = log('app.log', 'one\n');
    const reading = await read([path], options);
    await reading.untilLines(1);
    const before = performance.now();
    await reading.follower.stop();
    await reading.ended;
    expect(performance.now() - before).toBeLessThan(100);
    appendFileSync(path, 'two\n');
    await sleep(50);
    expect(reading.lines).toEqual(['one']);
  });

  test('may be the null device: a log without lines, and no problem', async () => {
    const path = log();
    const reading = await read(['/dev/null', path], options);
    writeFileSync(path, 'one\n');
    expect(await reading.untilLines(1)).toEqual(['one']);
    expect(reading.notices.filter((notice) => notice.startsWith('problem'))).toEqual([]);
    expect(reading.follower.paths).toEqual(['/dev/null', path]);
  });

  test('that cannot be read are a problem until they can', async () => {
    const path = join(folder(), 'app.log');
    mkdirSync(path);
    const reading = await read([path], options);
    await reading.until(() => reading.notices.length > 0);
    expect(reading.notices).toEqual([
      expect.stringMatching(/^problem app\.log cannot read .*it is a folder/),
    ]);
    expect(reading.follower.paths).toEqual([]);
    rmdirSync(path);
    writeFileSync(path, 'one\n');
    expect(await reading.untilLines(1)).toEqual(['one']);
    await reading.until(() => reading.notices.includes('problem app.log'));
    expect(reading.follower.paths).toEqual([path]);
  });
});

describe('notification', () => {
  test('that is not to be had is said once, and the files are looked at', async () => {
    const [a, b] = [log('a.log'), log('b.log')];
    const watch = (): never => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    const reading = await read([a, b], { watch, pollMs: 20 });
    appendFileSync(a, 'a\n');
    appendFileSync(b, 'b\n');
    await reading.untilLines(2);
    expect(reading.notices.filter((notice) => /max_user_watches/.test(notice))).toHaveLength(1);
  });

  test('that breaks down is done without', async () => {
    const path = log();
    const reading = await read([path], {
      pollMs: 20,
      watch: () => ({
        close: () => {},
        on: (event: string, listener: (...args: never[]) => void) => {
          if (event === 'error')
            setTimeout(() => (listener as (error: Error) => void)(new Error('gone')), 20);
          return {} as never;
        },
      }),
    });
    await sleep(100);
    appendFileSync(path, 'one\n');
    expect(await reading.untilLines(1)).toEqual(['one']);
  });

  test('that forgets to tell is not relied on', async () => {
    const path = log();
    const deaf = () => ({ close: () => {}, on: () => ({}) as never });
    const reading = await read([path], { watch: deaf, netMs: 100, pollMs: 10 });
    appendFileSync(path, 'one\n');
    expect(await reading.untilLines(1)).toEqual(['one']);
  });

  test('goes on in a folder that was replaced', async () => {
    const home = join(folder(), 'logs');
    mkdirSync(home);
    const path = join(home, 'app.log');
    writeFileSync(path, 'one\n');
    const reading = await read([path]);
    await reading.untilLines(1);
    renameSync(home, `${home}.old`);
    mkdirSync(home);
    writeFileSync(path, 'two\n');
    await reading.untilLines(2);
    // By now the new folder is watched.
    await sleep(3500);
    const before = performance.now();
    appendFileSync(path, 'three\n');
    await reading.until(() => reading.lines.length === 3);
    expect(performance.now() - before).toBeLessThan(400);
    expect(reading.lines).toEqual(['one', 'two', 'three']);
  }, 15_000);
});

test('more files than may be open are followed by turns', async () => {
  const home = folder();
  const paths = Array.from({ length: 260 }, (_, i) => join(home, `${i}.log`));
  for (const path of paths) writeFileSync(path, 'first\n');
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  const reading = await read(paths);
  await reading.untilLines(260);
  await reading.until(() => open() - before < 220, 10_000);
  for (const path of paths) appendFileSync(path, 'second\n');
  await reading.untilLines(520);
  for (const path of paths) expect(reading.byPath.get(path)).toEqual(['first', 'second']);
}, 20_000);
