/**
 * A reload a second, of a configuration that changes all the time, while lines are written: nothing is lost, nothing is
 * counted twice, and nothing grows. `$F2B_RELOAD_SEC=300` makes five minutes of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { JAIL, ServerSite } from './server-site.js';

let site: ServerSite;

afterEach(() => site.end());

const SEC = Number(process.env['F2B_RELOAD_SEC'] ?? 20);

const filter = (more: string) =>
  `[Definition]\nfailregex = ^ fail <F-ID>\\S+</F-ID>$\n            ^ ${more} <F-ID>\\S+</F-ID>$\ndatepattern = ^EPOCH\n`;

test(
  `a reload a second for ${SEC} seconds loses no line and no ban, and leaves nothing behind`,
  async () => {
    const second = JAIL.replace('[one]', '[two]')
      .replace('one.log', 'two.log')
      .replace('name=one', 'name=two');
    site = new ServerSite({ files: { 'jail.local': `${JAIL}\n\n${second}\n` } });
    site.write('one.log', '');
    site.write('two.log', '');
    const { child } = await site.up();
    const proc = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
    const size = () => ({
      files: readdirSync(`/proc/${child.pid}/fd`).length,
      threads: readdirSync(`/proc/${child.pid}/task`).length,
      megabytes: Number(/^VmRSS:\s+(\d+)/m.exec(proc('status'))?.[1]) / 1024,
    });
    const attackers: string[] = [];
    let failures = 0;
    let isOver = false;
    const writing = (async () => {
      // As many in all however long it takes: an action that is changed bans all of them anew, one command each.
      const every = Math.ceil(SEC / 15);
      for (let i = 0; !isOver; i++) {
        if (i % every > 0) {
          for (const log of ['one.log', 'two.log'])
            site.append(log, `${Math.floor(Date.now() / 1000)} other\n`.repeat(20));
          await sleep(100);
          continue;
        }
        const id = `198.51.${i >> 8}.${i & 255}`;
        attackers.push(id);
        for (const log of ['one.log', 'two.log']) {
          const now = Math.floor(Date.now() / 1000);
          site.append(log, `${now} other thing\n`.repeat(20));
          // In pieces, so that a reload finds half a line now and then.
          for (let k = 0; k < 3; k++) {
            const line = `${now} fail ${id}\n`;
            site.append(log, line.slice(0, 9));
            await sleep(5);
            site.append(log, line.slice(9));
          }
        }
        failures += 3;
        await sleep(70);
      }
    })();
    const sizes: ReturnType<typeof size>[] = [];
    const refused: unknown[] = [];
    for (let round = 0; round < SEC; round++) {
      const began = performance.now();
      // Now the filter, now the jail's settings, now an action, now nothing.
      const change = round % 4;
      if (change === 0) site.write('etc/filters.d/lines.conf', filter(`round${round}`));
      if (change < 3) {
        const time = change === 1 ? `bantime = ${1 + (round % 5)}h` : 'bantime = 1h';
        const port = change === 2 ? `folder[name=one, port=${round}]` : 'folder[name=one]';
        const text = `${JAIL}\n\n${second}\n`.replace('bantime = 1h', time).replace('folder[name=one]', port);
        site.write('etc/jail.local', text.replaceAll('DIR', site.dir));
      }
      await site.ask('reload', '--all').catch((error: unknown) => refused.push(error));
      sizes.push(size());
      await sleep(Math.max(0, 1000 - (performance.now() - began)));
    }
    isOver = true;
    await writing;
    expect(refused).toEqual([]);
    const totals = async (jail: string) => JSON.stringify(await site.ask('status', jail));
    for (const jail of ['one', 'two']) {
      await site.until(`all of ${jail} are counted`, async () =>
        (await totals(jail)).includes(`"Total failed",${failures}`),
      );
      await site.until(`all of ${jail} are banned`, () => site.rules(jail).size === attackers.length);
    }
    expect([...site.rules('two').entries()].filter(([, times]) => times !== 1)).toEqual([]);
    expect(await site.ask('get', 'one', 'banned')).toHaveLength(attackers.length);
    await site.settle();
    // Once more than expected would be as wrong.
    for (const jail of ['one', 'two']) expect(await totals(jail)).toContain(`"Total failed",${failures}`);
    // At any moment some command may be running: the least of some rounds is what stays.
    const least = (some: typeof sizes) => ({
      files: Math.min(...some.map(({ files }) => files)),
      threads: Math.min(...some.map(({ threads }) => threads)),
      megabytes: Math.min(...some.map(({ megabytes }) => megabytes)),
    });
    const part = Math.max(5, Math.floor(SEC / 4));
    const early = least(sizes.slice(2, 2 + part));
    const late = least([...sizes.slice(-part), size()]);
    if (process.env['F2B_SAY']) {
      const some = sizes.filter((_, i) => i % Math.ceil(SEC / 10) === 0);
      process.stderr.write(`${failures} failures: ${JSON.stringify([...some, early, late])}\n`);
    }
    expect(late.files).toBeLessThanOrEqual(early.files + 2);
    expect(late.threads).toBeLessThanOrEqual(early.threads + 1);
    // Node takes what it needs in the first minutes, and keeps it: each reload has a thread of its own.
    const middle = least(sizes.slice(SEC >> 1, (SEC >> 1) + part));
    expect(late.megabytes - early.megabytes).toBeLessThan(60);
    expect(late.megabytes - middle.megabytes).toBeLessThan(25);
    await site.down();
  },
  60_000 + SEC * 2000,
);
