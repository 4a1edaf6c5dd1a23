/** Jails that a client sets up command by command come out as those that are read from files. */

import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../src/core/clock.js';
import { findConfig, type JailPlan, loadConfig, plain } from '../../src/core/config/index.js';
import type { Value } from '../../src/core/control/index.js';
import { meaningOf } from '../../src/core/daemon/plan-diff.js';
import { plansOfStream } from '../../src/core/daemon/stream-plans.js';
import { noLog } from '../../src/core/events.js';
import type { World } from '../../src/core/jail/open-jail.js';
import { createResolver } from '../../src/core/net/dns.js';
import { MemoryStore } from '../../src/core/store/memory.js';
import { ROOT } from '../commands/f2b.js';
import { load } from '../config/tree.js';

const clock = new ManualClock(1_800_000_000);
const world: World = {
  ...{ clock, store: new MemoryStore(), log: noLog, random: () => 0, bootId: 'boot', allowIpv6: true },
  resolver: createResolver({ clock, lookups: { lookup: async () => [], reverse: async () => [] } }),
};

/** What a stream can say of a plan. */
function sayable(plan: JailPlan): string {
  const { filter, backend } = plan;
  return meaningOf({
    ...plan,
    commands: [],
    filter: {
      ...{ ...filter, name: '', options: {} },
      // Those of files are not taken.
      journalmatch: backend.value.startsWith('systemd') ? filter.journalmatch : [],
    },
    logPaths: plan.logPaths.flatMap(({ value }) => value.files),
    actions: plan.actions.map((action) => ({ ...action, file: '', extras: undefined })),
  });
}

function streamOf(plan: JailPlan): Value[] {
  return [...plan.commands.map((command) => plain(command) as Value), ['start', plan.name]];
}

/** Every jail there is, enabled or not. */
function allJails(dir: string): readonly JailPlan[] {
  const folder = findConfig({ dir, packageDir: ROOT });
  const options = { folder, mode: 'start', mayLackLogs: true } as const;
  const { disabled } = loadConfig(options);
  return loadConfig({ ...options, enable: new Set(disabled) }).jails;
}

describe.each([
  ['f2b', ROOT],
  ['fail2ban', '/etc/fail2ban'],
])('the jails of %s', (_, dir) => {
  const found = existsSync(`${dir}/jail.conf`) || dir === ROOT ? allJails(dir) : [];
  // A client of fail2ban has no word for how lines are decoded.
  const jails = found.filter(({ filter }) => filter.fields === undefined);
  if (jails.length === 0) {
    test.skip(`${dir} is not installed`, () => {});
    return;
  }
  test.each(jails.map((plan) => [plan.name, plan] as const))('%s', async (_name, plan) => {
    const { jails: made } = await plansOfStream(streamOf(plan), [], world);
    expect(made).toHaveLength(1);
    expect(sayable(made[0] as JailPlan)).toBe(sayable(plan));
  });
});

const FILES = {
  'jail.conf':
    '[one]\nenabled = true\nbackend = polling\nfilter = f\nlogpath = /dev/null\nmaxretry = 4\naction = a\n',
  'filter.d/f.conf': '[Definition]\nfailregex = ^x <HOST>$\n            ^y <HOST>$\n',
  'action.d/a.conf':
    '[Definition]\nactionban = true\nactionverify = test <ip>\nactionstart_on_demand = yes\n',
};

describe('beside its own configuration', () => {
  const [own] = load(FILES, { mode: 'start' }).jails as [JailPlan];

  test('the server takes its own plan where the stream says the same', async () => {
    const { jails, others } = await plansOfStream(
      [['set', 'loglevel', 'INFO'], ...streamOf(own)],
      [own],
      world,
    );
    expect(jails[0]).toBe(own);
    expect(others).toEqual([['set', 'loglevel', 'INFO']]);
  });

  test('and what only it can say of an action where the stream says something else of the jail', async () => {
    const stream = streamOf(own).map((command) =>
      JSON.stringify(command) === '["set","one","maxretry",4]' ? ['set', 'one', 'maxretry', 5] : command,
    );
    const { jails } = await plansOfStream(stream, [own], world);
    expect(jails[0]?.maxRetry?.value).toBe(5);
    expect(jails[0]?.actions[0]).toBe(own.actions[0]);
  });

  test.each(['caddy', 'nextcloud', 'keycloak'])('how it decodes lines of %s', async (name) => {
    const options = {
      folder: findConfig({ dir: ROOT, packageDir: ROOT }),
      mode: 'start',
      mayLackLogs: true,
    } as const;
    const [json] = loadConfig({ ...options, enable: new Set([name]), only: new Set([name]) }).jails as [
      JailPlan,
    ];
    const { jails } = await plansOfStream(streamOf(json), [json], world);
    expect(jails[0]).toBe(json);
    const stream = streamOf(json).filter((command) => !JSON.stringify(command).includes('"findtime"'));
    const { jails: others } = await plansOfStream(stream, [json], world);
    expect(others[0]?.filter.fields).toEqual(json.filter.fields);
    expect(others[0]?.filter.failregex.map(({ value }) => value)).toEqual(
      json.filter.failregex.map(({ value }) => value),
    );
  });

  test('what is wrong in the stream is told as the command that is refused', async () => {
    const stream: Value[] = [
      ['add', 'one', 'polling'],
      ['set', 'one', 'addfailregex', '('],
    ];
    await expect(plansOfStream(stream, [], world)).rejects.toThrow('Unable to compile regular expression');
    await expect(plansOfStream([['stop']], [], world)).rejects.toThrow('no command to set a jail up with');
    const { skipped } = await plansOfStream([['config-error', "Jail 'x' skipped, because"]], [], world);
    expect(skipped).toEqual([{ name: 'x', message: "Jail 'x' skipped, because" }]);
  });
});
