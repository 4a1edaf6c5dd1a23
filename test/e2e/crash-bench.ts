/**
 * f2b killed with -9 at random moments, again and again, and what has to hold after any run that was not: the firewall has
 * what the store says, each once; whoever was reported or should be banned is; nobody else is.
 *
 * What was being changed when f2b was killed may have come to be or not, and is known again by what the store says.
 */
import { expect } from '@jest/globals';
import { systemClock } from '../../src/core/clock.js';
import { openForReading } from '../../src/core/store/open.js';
import type { Site } from './site.js';

/** A site with one jail, `sshd`, that reads `auth.log` and bans at the third failure, for long. */
export interface Bench {
  readonly site: Site;
  /** Every rule or element of the firewall, by its address. */
  readonly list: () => readonly string[];
  /** Done before a run, now and then. */
  readonly change?: (() => void) | undefined;
}

/** $F2B_KILLS: how often f2b is killed, over all benches; $F2B_SEED repeats what is done, though not when it is killed. */
export const KILLS = Number(process.env['F2B_KILLS'] ?? 60);
const SEED = Number(process.env['F2B_SEED'] ?? Date.now() % 100_000);
export const TIMEOUT_MS = 60_000 + KILLS * 5_000;

export interface CrashCounts {
  runs: number;
  killed: number;
  /** Of these: in the midst of a command, as the store says. */
  midway: number;
  /** Addresses that were to be banned. */
  attackers: number;
}

/** Numbers in [0, 1) that are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Bans of a bench last that long. */
export const BAN_SEC = 86_400;
/** Some failed so long ago that little of it is left. */
const BRIEF_SEC = 6;
type Kind = 'scan' | 'banip' | 'unbanip' | 'unban';
/** With more than that the jail is not filled further. */
const FULL = 60;

export class CrashRun {
  readonly counts: CrashCounts = { runs: 0, killed: 0, midway: 0, attackers: 0 };
  /** What was done, for whoever has to find out what went wrong. */
  readonly story: string[] = [];
  /** Should be banned, and were seen to be. */
  readonly #standing = new Set<string>();
  /** In the log, but no scan has come to its end since. */
  readonly #due = new Set<string>();
  /** A command about them was killed. */
  readonly #open = new Set<string>();
  /** Bans that end soon, and when. */
  readonly #brief = new Map<string, number>();
  #usualMs = 400;
  #next = 1;

  constructor(
    private readonly bench: Bench,
    private readonly random: () => number,
  ) {}

  /** One run of f2b, killed more often than not. */
  async step(): Promise<void> {
    const { site } = this.bench;
    if (this.random() < 0.2) this.bench.change?.();
    const kind = this.#choose();
    const ids = kind === 'scan' ? this.#attack() : kind === 'banip' ? this.#newIds() : this.#someIds();
    const since = performance.now();
    const startSec = Date.now() / 1000;
    const { child, ended } = site.start(...argumentsOf(kind, ids));
    const delayMs = this.#usualMs * (0.3 + 0.9 * this.random());
    const timer = this.random() < 0.85 ? setTimeout(() => child.kill('SIGKILL'), delayMs) : undefined;
    const { signal, status, stdout, stderr } = await ended;
    clearTimeout(timer);
    this.counts.runs++;
    this.story.push(
      `${kind} ${ids.join(' ')}: ${signal === null ? 'left alone' : `killed after ${Math.round(delayMs)} ms`}`,
    );
    if (kind !== 'scan') for (const id of ids) this.#open.add(id);
    if (signal !== null) {
      this.counts.killed++;
      if (this.#isMidway()) this.counts.midway++;
      return;
    }
    expect({ kind, ids, status, stderr }).toEqual({ kind, ids, status: 0, stderr: '' });
    this.#usualMs += (performance.now() - since - this.#usualMs) / 4;
    // A command that finds nothing to do does not mend what a killed one left: the next scan does.
    if (kind !== 'scan' && Number(stdout) === 0) return;
    this.#look(kind === 'scan' ? startSec : 0);
    if (kind === 'scan') this.#seeThat(this.#due, 'are banned');
    else this.#seeThat(ids, kind === 'banip' ? 'are banned' : 'are not');
    for (const id of wordsOf(stdout, 'banned')) {
      if (!this.#brief.has(id)) expect(this.#standing).toContain(id);
    }
  }

  /** Runs f2b undisturbed and looks at every rule. */
  async settle(): Promise<void> {
    expect(await this.bench.site.f2b('scan')).toMatchObject({ status: 0, stderr: '' });
    this.#look(0);
    this.#seeThat(this.#due, 'are banned');
  }

  /** Lets everybody in again. */
  async release(): Promise<void> {
    const everybody = [...this.#standing];
    expect(await this.bench.site.f2b('unban', '--all')).toMatchObject({ status: 0, stderr: '' });
    for (const id of everybody) this.#open.add(id);
    this.#brief.clear();
    this.#look(0);
    this.#seeThat(everybody, 'are not');
  }

  #isMidway(): boolean {
    const { bans, families } = this.#stored();
    return (
      families.some(({ state }) => state === 'starting') ||
      bans.some(({ marks }) => Object.values(marks).some(({ state }) => state === 'begun'))
    );
  }

  #stored() {
    const store = openForReading(this.bench.site.at('state/f2b.sqlite3'), {
      clock: systemClock,
      command: 'a test',
    });
    const stored = { bans: store.bans('sshd'), families: store.families('sshd') };
    store.close();
    return stored;
  }

  /**
   * The firewall has what the store has, each once, and that is what should be.
   *
   * @param scannedSec what ended before then has been taken back
   */
  #look(scannedSec: number): void {
    const { bans: held } = this.#stored();
    expect(held.filter(({ leaving }) => leaving)).toEqual([]);
    const book = held.map(({ id }) => id);
    expect([...this.bench.list()].sort()).toEqual([...book].sort());
    for (const id of this.#open) {
      if (book.includes(id)) this.#standing.add(id);
      else this.#standing.delete(id);
    }
    for (const id of this.#due) if (book.includes(id)) this.#standing.add(id);
    this.#open.clear();
    expect(new Set(book.filter((id) => !this.#brief.has(id)))).toEqual(this.#standing);
    for (const [id, endSec] of this.#brief) {
      if (endSec >= scannedSec) continue;
      this.#brief.delete(id);
      expect(book).not.toContain(id);
    }
  }

  #seeThat(ids: Iterable<string>, what: 'are banned' | 'are not'): void {
    const wrong = [...ids].filter((id) => this.#standing.has(id) !== (what === 'are banned'));
    expect({ wrong, what }).toEqual({ wrong: [], what });
    if (ids === this.#due) this.#due.clear();
  }

  #choose(): Kind {
    const at = this.random();
    if (this.#standing.size > FULL) return at < 0.2 ? 'scan' : at < 0.6 ? 'unbanip' : 'unban';
    return at < 0.5 ? 'scan' : at < 0.7 ? 'banip' : at < 0.85 ? 'unbanip' : 'unban';
  }

  /** Somebody new fails in the log; now and then nobody. */
  #attack(): string[] {
    const ids = this.random() < 0.2 ? [] : this.#newIds(this.random() < 0.1 ? 30 : 1);
    for (const id of ids) {
      const isBrief = this.random() < 0.3;
      this.bench.site.fails(id, { agoSec: isBrief ? BAN_SEC - BRIEF_SEC : 0 });
      if (isBrief) this.#brief.set(id, Date.now() / 1000 + BRIEF_SEC);
      else this.#due.add(id);
    }
    return ids;
  }

  #newIds(least = 1): string[] {
    const ids = Array.from({ length: least + Math.floor(this.random() * 4) }, () => {
      const n = this.#next++;
      return this.random() < 0.3 ? `2001:db8:c::${n.toString(16)}` : `10.9.${n >> 8}.${n & 255}`;
    });
    this.counts.attackers += ids.length;
    return ids;
  }

  #someIds(): string[] {
    const known = [...this.#standing, ...this.#open].filter((id) => !this.#due.has(id));
    const many = 1 + Math.floor(this.random() * (this.#standing.size > FULL ? 20 : 4));
    const ids = Array.from({ length: many }, () => known[Math.floor(this.random() * known.length)]);
    return [...new Set(ids)].filter((id) => id !== undefined);
  }
}

function argumentsOf(kind: Kind, ids: readonly string[]): string[] {
  if (kind === 'scan') return ['scan'];
  const some = ids.length > 0 ? ids : ['198.51.100.99'];
  return kind === 'unban' ? ['unban', ...some] : ['set', 'sshd', kind, ...some];
}

function wordsOf(stdout: string, word: string): string[] {
  return [...stdout.matchAll(new RegExp(`^sshd: ${word} (\\S+)`, 'gm'))].map((match) => match[1] as string);
}

/** The jail of a bench. */
export function jailLocal(action: string): string {
  return `[DEFAULT]
ignoreip =
usedns = no
ignoreself = false
[sshd]
enabled = true
filter = sshd
backend = polling
logpath = DIR/auth.log
maxretry = 3
findtime = ${BAN_SEC}
bantime = ${BAN_SEC}
action = ${action}
`;
}

/** Kills f2b so many times; what has to hold holds throughout. */
export async function killOften(bench: Bench, times: number): Promise<void> {
  const seed = SEED + times;
  const run = new CrashRun(bench, randomFrom(seed));
  try {
    while (run.counts.killed < times) await run.step();
    await run.settle();
    await run.release();
  } catch (error) {
    process.stderr.write(`killed ${run.counts.killed} times in ${run.counts.runs} runs, F2B_SEED=${SEED}\n`);
    if (process.env['F2B_KILLS'])
      process.stderr.write(`${run.story.join('\n')}\n${bench.site.read('f2b.log')}`);
    throw error;
  }
  if (process.env['F2B_KILLS']) process.stderr.write(`${JSON.stringify({ seed, ...run.counts })}\n`);
}
