/**
 * Daemon: the control desk's side of the matcher: starts the thread, watches that it lives, and starts it anew when it
 * does not.
 *
 * A thread that has not shown a sign of life for long is ended; its jails begin again from what is on disk. So does one
 * that died by itself, a little later each time it dies soon.
 */
import { Worker } from 'node:worker_threads';
import type { Log } from '../../events.js';
import { type FoundBatch, type FromMatcher, type MatchOrder, type ToMatcher, unpacked } from './messages.js';
import type { MatcherSetup } from './worker.js';

export interface MatcherOptions extends MatcherSetup {
  /** Module of the thread. */
  readonly module: URL;
  readonly log: Log;
  readonly onFound: (batch: FoundBatch) => void;
  readonly onLogs: (jail: string, paths: readonly string[]) => void;
  readonly onProblem: (jail: string, of: string, message: string | undefined) => void;
  /** The order for a jail as of now: after a restart of the thread. */
  readonly orderOf: (jail: string) => MatchOrder | undefined;
  /** Without a sign of life for so long it is ended. Default 30 s: a batch has a budget far below. */
  readonly silenceMs?: number | undefined;
}

const SILENCE_MS = 30_000;
const YOUNG_MB = 8;
const RESTART_MS = 500;
const MAX_RESTART_MS = 30_000;
/** It has lived long enough to count as healthy. */
const HEALTHY_MS = 60_000;

export class Matcher {
  #worker: Worker | undefined;
  #run = 0;
  readonly #runs = new Map<string, number>();
  #lastBeatMs = 0;
  #startedMs = 0;
  #deaths = 0;
  #restarts = 0;
  #stopped = false;
  #watch: NodeJS.Timeout | undefined;
  #later: NodeJS.Timeout | undefined;

  constructor(private readonly options: MatcherOptions) {}

  /** How often the thread had to be started anew. */
  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    this.#spawn();
    this.#watch = setInterval(() => this.#look(), 1000);
    this.#watch.unref();
  }

  /** Begins to read the logs of a jail, or begins anew. */
  match(order: MatchOrder): void {
    const run = ++this.#run;
    this.#runs.set(order.jail, run);
    this.#tell({ kind: 'match', order, run });
  }

  drop(jail: string): void {
    this.#runs.delete(jail);
    this.#tell({ kind: 'drop', jail });
  }

  /** Or was its jail begun anew since? Then it is found again. */
  isCurrent({ jail, run }: FoundBatch): boolean {
    return this.#runs.get(jail) === run;
  }

  /** The batch is judged and on disk. */
  done({ jail, run }: FoundBatch): void {
    this.#tell({ kind: 'done', jail, run });
  }

  addLog(jail: string, path: string, mode: 'head' | 'tail'): void {
    this.#tell({ kind: 'addLog', jail, path, mode });
  }

  removeLog(jail: string, path: string): void {
    this.#tell({ kind: 'removeLog', jail, path });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watch);
    clearTimeout(this.#later);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #tell(message: ToMatcher): void {
    this.#worker?.postMessage(message);
  }

  #spawn(): void {
    const { module, allowIpv6, localeEncoding } = this.options;
    const worker = new Worker(module, {
      workerData: { allowIpv6, localeEncoding } satisfies MatcherSetup,
      // What a batch leaves behind is dead at once: more room for the young only makes the process larger.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker = worker;
    this.#startedMs = performance.now();
    this.#lastBeatMs = this.#startedMs;
    worker.on('message', (message: FromMatcher | string) => this.#hear(unpacked(message)));
    let death = 'it ended';
    worker.on('error', (error) => {
      death = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#mourn(death);
    });
  }

  #hear(message: FromMatcher): void {
    this.#lastBeatMs = performance.now();
    const { onFound, onLogs, onProblem, log } = this.options;
    switch (message.kind) {
      case 'found':
        if (this.isCurrent(message.batch)) onFound(message.batch);
        break;
      case 'logs':
        onLogs(message.jail, message.paths);
        break;
      case 'problem':
        onProblem(message.jail, message.of, message.message);
        break;
      case 'log':
        log(message.record);
        break;
      case 'beat':
        break;
    }
  }

  #look(): void {
    const silentMs = performance.now() - this.#lastBeatMs;
    if (!this.#worker || silentMs < (this.options.silenceMs ?? SILENCE_MS)) return;
    const worker = this.#worker;
    this.#worker = undefined;
    void worker.terminate();
    this.#mourn(`no sign of life for ${Math.round(silentMs / 1000)} s`);
  }

  #mourn(why: string): void {
    this.#worker = undefined;
    if (this.#stopped) return;
    this.#restarts++;
    this.#deaths = performance.now() - this.#startedMs > HEALTHY_MS ? 0 : this.#deaths + 1;
    const waitMs = Math.min(MAX_RESTART_MS, RESTART_MS * 2 ** this.#deaths);
    this.options.log({
      level: 'ERROR',
      logger: 'server',
      message: `The matcher thread is started anew in ${waitMs / 1000} s: ${why}`,
    });
    this.#later = setTimeout(() => {
      if (this.#stopped) return;
      this.#spawn();
      for (const jail of [...this.#runs.keys()]) {
        const order = this.options.orderOf(jail);
        if (order) this.match(order);
      }
    }, waitMs);
  }
}
