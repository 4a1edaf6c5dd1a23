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
}

export interface CrashCounts {
  runs: number;
  killed: number;
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

type Kind = 'scan' | 'banip' | 'unbanip' | 'unban';
/** With more than that the jail is not filled further. */
const FULL = 40;

export class CrashRun {
  readonly counts: CrashCounts = { runs: 0, killed: 0, attackers: 0 };
  /** What was done, for whoever has to find out what went wrong. */
  readonly story: string[] = [];
  /** Should be banned, and were seen to be. */
  readonly #standing = new Set<string>();
  /** In the log, but no scan has come to its end since. */
  readonly #due = new Set<string>();
  /** A command about them was killed. */
  readonly #open = new Set<string>();
  #usualMs = 400;
  #next = 1;

  constructor(
    private readonly bench: Bench,
    private readonly random: () => number,
  ) {}

  /** One run of f2b, killed more often than not. */
  async step(): Promise<void> {
    const { site } = this.bench;
    const kind = this.#choose();
    const ids = kind === 'scan' ? this.#attack() : kind === 'banip' ? this.#newIds() : this.#someIds();
    const since = performance.now();
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
      return;
    }
    expect({ kind, ids, status, stderr }).toEqual({ kind, ids, status: 0, stderr: '' });
    this.#usualMs += (performance.now() - since - this.#usualMs) / 4;
    // A command that finds nothing to do does not mend what a killed one left: the next scan does.
    if (kind !== 'scan' && Number(stdout) === 0) return;
    this.#look();
    if (kind === 'scan') this.#seeThat(this.#due, 'are banned');
    else this.#seeThat(ids, kind === 'banip' ? 'are banned' : 'are not');
    for (const id of wordsOf(stdout, 'banned')) expect(this.#standing).toContain(id);
  }

  /** Runs f2b undisturbed and looks at every rule. */
  async settle(): Promise<void> {
    expect(await this.bench.site.f2b('scan')).toMatchObject({ status: 0, stderr: '' });
    this.#look();
    this.#seeThat(this.#due, 'are banned');
  }

  /** Lets everybody in again. */
  async release(): Promise<void> {
    const everybody = [...this.#standing];
    expect(await this.bench.site.f2b('unban', '--all')).toMatchObject({ status: 0, stderr: '' });
    for (const id of everybody) this.#open.add(id);
    this.#look();
    this.#seeThat(everybody, 'are not');
  }

  /** The firewall has what the store has, each once, and that is what should be. */
  #look(): void {
    const store = openForReading(this.bench.site.at('state/f2b.sqlite3'), {
      clock: systemClock,
      command: 'a test',
    });
    const held = store.bans('sshd');
    store.close();
    expect(held.filter(({ leaving }) => leaving)).toEqual([]);
    const book = held.map(({ id }) => id);
    expect([...this.bench.list()].sort()).toEqual([...book].sort());
    for (const id of this.#open) {
      if (book.includes(id)) this.#standing.add(id);
      else this.#standing.delete(id);
    }
    for (const id of this.#due) if (book.includes(id)) this.#standing.add(id);
    this.#open.clear();
    expect(new Set(book)).toEqual(this.#standing);
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
    const ids = this.random() < 0.2 ? [] : this.#newIds();
    for (const id of ids) {
      this.bench.site.fails(id);
      this.#due.add(id);
    }
    return ids;
  }

  #newIds(): string[] {
    const ids = Array.from({ length: 1 + Math.floor(this.random() * 4) }, () => {
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
  const some = ids.length > 0 ? ids : ['192.0.2.99'];
  return kind === 'unban' ? ['unban', ...some] : ['set', 'sshd', kind, ...some];
}

function wordsOf(stdout: string, word: string): string[] {
  return [...stdout.matchAll(new RegExp(`^sshd: ${word} (\\S+)`, 'gm'))].map((match) => match[1] as string);
}
