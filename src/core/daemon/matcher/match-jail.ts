/**
 * Daemon, in the matcher: follows the logs of one jail and looks for failures in them.
 *
 * Order → batches for the control desk. Reads no further ahead than the desk can follow: so many batches may be under way.
 */
import type { Clock } from '../../clock.js';
import type { Log } from '../../events.js';
import { FailureFinder } from '../../jail/found.js';
import type { Resolver } from '../../net/dns.js';
import type { LogFollower } from '../../source/follow.js';
import { LogHealth } from './log-health.js';
import type { FromMatcher, MatchOrder } from './messages.js';

export interface MatchJailOptions {
  readonly run: number;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly log: Log;
  readonly follow: (order: MatchOrder) => Promise<LogFollower>;
  readonly tell: (message: FromMatcher) => void;
}

/** Batches that may be under way, and failures in them: under an attack each batch is full of these. */
const MAX_UNDER_WAY = 8;
const MAX_FAILURES = 1000;
/** One failure in so many lines is much. */
const DENSE = 8;
const HEALTH_EVERY_MS = 10_000;

export class MatchJail {
  /** How many failures each of the batches under way has, oldest first. */
  readonly #underWay: number[] = [];
  #wake: (() => void) | undefined;
  #follower: LogFollower | undefined;
  #stopped = false;
  #watch: NodeJS.Timeout | undefined;
  /** What is wrong with its logs and was said. */
  readonly #ill = new Set<string>();
  readonly #finished: Promise<void>;

  constructor(
    private readonly order: MatchOrder,
    private readonly options: MatchJailOptions,
  ) {
    this.#finished = this.#work().catch((error: unknown) => this.#fail(error));
  }

  /** A batch is judged. */
  done(): void {
    this.#underWay.shift();
    this.#wake?.();
  }

  async add(path: string, mode: 'head' | 'tail'): Promise<void> {
    await this.#follower?.add(path, mode);
    this.#tellPaths();
  }

  remove(path: string): void {
    this.#follower?.remove(path);
    this.#tellPaths();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watch);
    this.#wake?.();
    await this.#follower?.stop();
    await this.#finished;
  }

  async #work(): Promise<void> {
    const { clock, resolver, log, tell, run } = this.options;
    const { jail, plan, findTimeSec } = this.order;
    const known = new Set(this.order.known);
    const finder = new FailureFinder(plan.filter, {
      ...{ jail, clock, resolver, log, findTimeSec },
      mode: 'catch-up',
    });
    const follower = await this.options.follow(this.order);
    this.#follower = follower;
    if (this.#stopped) return follower.stop();
    follower.onNotice(({ path, kind, message }) => {
      if (kind === 'problem') tell({ kind: 'problem', jail, of: path, message });
      else if (kind === 'added' || kind === 'removed') this.#tellPaths();
      if (kind === 'added' && known.delete(path)) return;
      if (message !== undefined && kind !== 'problem') {
        log({ level: 'INFO', logger: 'filter', message });
      }
    });
    this.#tellPaths();
    const health = new LogHealth(plan.filter, clock);
    this.#watch = setInterval(() => this.#look(health), HEALTH_EVERY_MS);
    finder.prime(await follower.context());
    let exceeded = 0;
    let { matched } = finder;
    for await (const { path, pieces, position, live } of follower.batches()) {
      if (this.#stopped) return;
      if (live) finder.filter.mode = 'live';
      finder.filter.log = path;
      const { lines, failures } = await finder.findIn(pieces);
      health.note({ path, pieces, lines, live, matched: finder.matched - matched });
      matched = finder.matched;
      follower.isDense = failures.length > lines / DENSE;
      const lastSec = finder.filter.lastStamp?.epochSec;
      const dated = position && lastSec !== undefined ? { ...position, lastSec } : position;
      tell({
        kind: 'found',
        batch: { jail, run, path, failures, lines, position: dated, live, lastSec },
      });
      this.#underWay.push(failures.length);
      exceeded = this.#noteTroubles(finder, exceeded);
      while (this.#isFull && !this.#stopped) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#stopped) return;
    }
  }

  get #isFull(): boolean {
    if (this.#underWay.length >= MAX_UNDER_WAY) return true;
    return this.#underWay.reduce((sum, failures) => sum + failures, 0) >= MAX_FAILURES;
  }

  #look(health: LogHealth): void {
    const { jail } = this.order;
    health.look(this.#follower?.paths ?? [], (of, message) => {
      const isNew = message !== undefined && !this.#ill.has(of);
      if (message === undefined) this.#ill.delete(of);
      else this.#ill.add(of);
      this.options.tell({ kind: 'problem', jail, of, message });
      if (isNew) this.options.log({ level: 'WARNING', logger: 'filter', message: `[${jail}] ${message}` });
    });
  }

  #tellPaths(): void {
    const paths = this.#follower?.paths ?? [];
    this.options.tell({ kind: 'logs', jail: this.order.jail, paths });
  }

  /** Patterns that ran out of their budget are named each time there are ten times as many. */
  #noteTroubles(finder: FailureFinder, before: number): number {
    const { exceeded } = finder.troubles;
    const now = [...exceeded.values()].reduce((sum, count) => sum + count, 0);
    if (now === 0 || now < before * 10 || now === before) return before;
    const patterns = [...exceeded].map(([pattern, count]) => `${count} × ${pattern}`).join('; ');
    const message = `[${this.order.jail}] Expressions ran out of their budget, their lines count as not matching: ${patterns}`;
    this.options.log({ level: 'WARNING', logger: 'filter', message });
    return now;
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.options.tell({ kind: 'problem', jail: this.order.jail, of: 'filter', message });
    this.options.log({ level: 'ERROR', logger: 'filter', message: `[${this.order.jail}] ${message}` });
  }
}
