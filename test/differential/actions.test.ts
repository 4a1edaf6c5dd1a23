/**
 * Actions carried out by the installed fail2ban (1.0.2) and by ours: the same commands in the same order.
 *
 * The actions write down what they are expanded to. One server has a jail for each scenario; ours is given the bans that
 * fail2ban made. Compared by action, for at the end fail2ban goes ban by ban and we go action by action.
 *
 * Differences that are meant, and so not asked for here: an action without families has one state, where fail2ban keeps
 * one for each family it has seen (and stops once for each when tags of the ban stand in its actionstop, and does not
 * start again in a repair); a failed actionstart is cleared away and tried again before the next ban, where fail2ban
 * bans into nothing; what a repair on unban has taken down is built again; after a failed actionflush bans are taken
 * back one by one; the eleventh variable is `${10}`.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JailActions } from '../../src/core/action/actions.js';
import { openActions } from '../../src/core/action/open-actions.js';
import { findConfig, loadConfig } from '../../src/core/config/index.js';
import type { ActionPlan } from '../../src/core/config/plans.js';
import type { Ban } from '../../src/core/records.js';
import { banOf, Journal, NOTHING } from '../action/helpers.js';
import { SCENARIOS, type Scenario, type Step } from './action-scenarios.js';
import { Fail2banServer, hasFail2banServer } from './fail2ban-server.js';

const describeInstalled = hasFail2banServer ? describe : describe.skip;
if (!hasFail2banServer) process.stderr.write('fail2ban-server is not installed: actions are not compared\n');

const BAN_TIME_SEC = 3600;
const PAUSE_MS = 2_600;
const jailOf = (i: number) => `j${i}`;

/** The files of a scenario as one of the two sees them. */
function filesOf(
  scenario: Scenario,
  i: number,
  { out, dir }: { out: string; dir: string },
): Map<string, string> {
  const text = (of: string) => of.replaceAll('@OUT@', out).replaceAll('@DIR@', dir);
  return new Map(Object.entries(scenario.actions).map(([name, content]) => [`s${i}${name}`, text(content)]));
}

/** Each file has a name of its own, each action that of the scenario. */
function actionOf(scenario: Scenario, i: number): string {
  const names = Object.keys(scenario.actions);
  const one = (name: string, more = '') => `s${i}${name}[${more}actname=${name}]`;
  if (scenario.parameters === undefined) return names.map((name) => one(name)).join('\n ');
  return one(names[0] as string, `${scenario.parameters}, `);
}

/** Carries the steps out with our actions. */
class Ours {
  #actions: JailActions;
  readonly #bans = new Map<string, Ban>();

  constructor(
    private readonly plans: readonly ActionPlan[],
    private readonly jail: string,
    private readonly dir: string,
  ) {
    this.#actions = this.#open();
  }

  #open(): JailActions {
    return openActions(this.plans, {
      jail: this.jail,
      journal: new Journal(),
      memory: () => NOTHING,
      log: () => {},
      resolver: { reverse: async () => undefined },
      banTimeSec: () => BAN_TIME_SEC,
      counts: () => ({ banned: this.#bans.size, bannedTotal: 0, failing: 0, failedTotal: 0 }),
    });
  }

  async start(): Promise<void> {
    await this.#actions.start();
  }

  async take(step: Step): Promise<void> {
    if (step === 'restart') {
      const before = [...this.#bans.values()];
      await this.stop();
      this.#actions = this.#open();
      await this.start();
      for (const ban of before) {
        await this.#apply({ ...ban, restored: true, banCount: ban.banCount + 1, timeKind: 'int' });
      }
    } else if ('touch' in step) writeFileSync(join(this.dir, step.touch), '');
    else if ('remove' in step) rmSync(join(this.dir, step.remove), { force: true });
    else if ('unban' in step) {
      const ban = this.#bans.get(step.unban) as Ban;
      this.#bans.delete(step.unban);
      await this.#actions.unban([ban], 'manual');
    } else await this.#ban(step);
  }

  async #ban(
    step: { readonly ban: string } | { readonly fail: string; readonly user: string },
  ): Promise<void> {
    const base = { banTimeSec: BAN_TIME_SEC, jail: this.jail };
    const ban =
      'ban' in step
        ? banOf(step.ban, { ...base, failures: 0, matches: [] })
        : banOf(step.fail, {
            ...base,
            failures: 1,
            matches: [{ text: `fail ${step.fail} user ${step.user}` }],
            data: { user: step.user },
          });
    await this.#apply(ban);
  }

  async #apply(ban: Ban): Promise<void> {
    this.#bans.set(ban.id, ban);
    await this.#actions.ban([ban]);
  }

  async stop(): Promise<void> {
    const bans = [...this.#bans.values()];
    this.#bans.clear();
    await this.#actions.flush(bans, 'stop');
    await this.#actions.stop();
  }
}

describeInstalled('the same commands as fail2ban', () => {
  let server: Fail2banServer;
  const ours = mkdtempSync(join(tmpdir(), 'f2b-ours-'));
  const place = (who: 'theirs' | 'ours', i: number) => {
    const base = who === 'theirs' ? join(server.folder, 'conf') : ours;
    const dir = join(base, `s${i}`);
    return { out: join(dir, 'out'), dir };
  };

  beforeAll(async () => {
    const jails = SCENARIOS.map((scenario, i) => {
      const options = {
        bantime: BAN_TIME_SEC,
        maxretry: 1,
        findtime: 3600,
        failregex: '^ fail <ADDR> user <F-USER>.*</F-USER>$',
        action: actionOf(scenario, i),
      };
      return [jailOf(i), options] as const;
    });
    server = new Fail2banServer(Object.fromEntries(jails));
    const sections = jails.map(
      ([name, { action }]) =>
        `[${name}]\nenabled = true\nbackend = polling\nfilter = any\nlogpath = /dev/null\naction = ${action}\n`,
    );
    for (const sub of ['filter.d', 'action.d']) mkdirSync(join(ours, sub));
    writeFileSync(join(ours, 'fail2ban.conf'), '[Definition]\n');
    writeFileSync(join(ours, 'filter.d/any.conf'), '[Definition]\nfailregex = ^x <HOST>$\n');
    writeFileSync(join(ours, 'jail.conf'), sections.join('\n'));
    for (const [i, scenario] of SCENARIOS.entries()) {
      for (const [who, folder] of [
        ['theirs', join(server.folder, 'conf')],
        ['ours', ours],
      ] as const) {
        mkdirSync(place(who, i).dir);
        writeFileSync(place(who, i).out, '');
        for (const [name, text] of filesOf(scenario, i, place(who, i))) {
          writeFileSync(join(folder, 'action.d', `${name}.conf`), text);
        }
      }
    }
    await server.start();
    await server.until('jails have started', async () =>
      (await server.ask('status')).includes(jailOf(SCENARIOS.length - 1)),
    );
    await theirs();
    await server.stop();
  }, 120_000);

  afterAll(async () => {
    await server?.remove();
    rmSync(ours, { recursive: true, force: true });
  });

  /** All scenarios at once, step by step. */
  async function theirs(): Promise<void> {
    await sleep(PAUSE_MS);
    const most = Math.max(...SCENARIOS.map(({ steps }) => steps.length));
    for (let k = 0; k < most; k++) {
      for (const [i, { steps }] of SCENARIOS.entries()) {
        const step = steps[k];
        if (step === undefined) continue;
        const { dir } = place('theirs', i);
        if (step === 'restart') await server.ask('restart', jailOf(i));
        else if ('ban' in step) await server.ask('set', jailOf(i), 'banip', step.ban);
        else if ('unban' in step) await server.ask('set', jailOf(i), 'unbanip', step.unban);
        else if ('touch' in step) writeFileSync(join(dir, step.touch), '');
        else if ('remove' in step) rmSync(join(dir, step.remove), { force: true });
        else {
          const line = `${Math.floor(Date.now() / 1000)} fail ${step.fail} user ${step.user}\n`;
          writeFileSync(server.logPath(jailOf(i)), line, { flag: 'a' });
        }
      }
      await sleep(PAUSE_MS);
    }
  }

  test.each(SCENARIOS.map((scenario, i) => [scenario.name, scenario, i] as const))(
    '%s',
    async (_name, scenario, i) => {
      const { jails } = loadConfig({ folder: findConfig({ dir: ours }), mode: 'dump' });
      const plan = jails.find(({ name }) => name === jailOf(i));
      expect(plan?.actions.length).toBe(Object.keys(scenario.actions).length);
      const { out, dir } = place('ours', i);
      const mine = new Ours(plan?.actions ?? [], jailOf(i), dir);
      await mine.start();
      for (const step of scenario.steps) await mine.take(step);
      await mine.stop();
      const expected = settle(
        readFileSync(place('theirs', i).out, 'utf8'),
        Object.keys(scenario.actions).length,
      );
      expect(settle(readFileSync(out, 'utf8'), Object.keys(scenario.actions).length)).toEqual(expected);
      expect(existsSync(out)).toBe(true);
      if (scenario.steps.length > 0) expect(expected.length).toBeGreaterThan(0);
    },
  );
});

/** Dates of lines are left out; lines of several actions are put in the order of actions. */
function settle(text: string, actions: number): string[] {
  const lines = text
    .replaceAll(/\d{10} fail/g, 'fail')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  if (actions < 2) return lines;
  return lines
    .map((line, at) => ({ line, at }))
    .sort((a, b) => (a.line[0] ?? '').localeCompare(b.line[0] ?? '') || a.at - b.at)
    .map(({ line }) => line);
}
