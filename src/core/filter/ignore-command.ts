/**
 * Filter stage: `ignorecommand`: a program decides whose failures do not count, and `ignorecache` remembers what it said.
 *
 * Command with tags → exit 0: ignored, 1: not; anything else is said and does not ignore. The shell and the safe filling
 * in of tags are injected (the action stage has them). One command at a time for each key; answers of failed runs are
 * not kept. Source: jail.conf(5) "ignorecommand", "ignorecache"; config.md §4.
 */
import type { Clock } from '../clock.js';
import { parseBrackets } from '../config/brackets.js';
import { parseTime } from '../config/times.js';
import { traced } from '../config/traced.js';
import { ConfigError } from '../errors.js';
import type { Log } from '../events.js';
import type { BanId } from '../records.js';
import type { IgnoreContext, Ignored } from './ignore.js';

/** A shell command that is safe to run: whatever a log line could have made dangerous is among `args`. */
export interface ShellCall {
  readonly command: string;
  readonly args: readonly string[];
}

export interface ShellEnd {
  /** Undefined when it was killed or could not be started. */
  readonly status: number | undefined;
  /** Why, where there is more to say than the status. */
  readonly reason?: string | undefined;
}

/** What the action stage lends. */
export interface IgnoreShell {
  /** Tags filled in for the shell. */
  fill(command: string, id: BanId, context: IgnoreContext): ShellCall | Promise<ShellCall>;
  /** Tags filled in as they are: never for a shell. */
  text(template: string, id: BanId, context: IgnoreContext): string | Promise<string>;
  run(call: ShellCall): Promise<ShellEnd>;
}

export interface IgnoreCacheSettings {
  /** With tags. */
  readonly key: string;
  readonly maxCount: number;
  readonly maxTimeSec: number;
}

/**
 * Reads `key="<ip>", max-count=10, max-time=5m`; the defaults are `<ip>`, 100 and five minutes.
 *
 * @throws {ConfigError} code `ignorecache-syntax`
 */
export function parseIgnoreCache(text: string): IgnoreCacheSettings {
  try {
    const { options } = parseBrackets(traced(`cache[${text.replace(/\s*\n\s*/g, ' ')}]`));
    const option = (name: string) => options.get(name)?.text;
    const maxCount = Number(option('max-count') ?? 100);
    if (!Number.isInteger(maxCount) || maxCount < 0)
      throw new Error(`max-count is no number: ${option('max-count')}`);
    return {
      key: option('key') ?? '<ip>',
      maxCount,
      maxTimeSec: parseTime(option('max-time') ?? '5m').seconds,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const place = { option: 'ignorecache' };
    const hint = 'Write key="<ip>", max-count=100, max-time=5m.';
    throw new ConfigError('ignorecache-syntax', `ignorecache: ${reason}`, place, { hint, cause: error });
  }
}

export interface IgnoreCommandOptions {
  readonly jail: string;
  readonly shell: IgnoreShell | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

interface Answer {
  readonly untilSec: number;
  readonly ignored: boolean;
}

export class IgnoreCommand {
  #command: string | undefined;
  #cacheText: string | undefined;
  #cache: IgnoreCacheSettings | undefined;
  /** Oldest first. */
  readonly #answers = new Map<string, Answer>();
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(private readonly options: IgnoreCommandOptions) {}

  get command(): string | undefined {
    return this.#command;
  }

  set command(command: string | undefined) {
    this.#command = command === '' ? undefined : command;
    this.#answers.clear();
    this.#running.clear();
  }

  get cache(): string | undefined {
    return this.#cacheText;
  }

  /** @throws {ConfigError} */
  set cache(text: string | undefined) {
    this.#cache = text === undefined || text === '' ? undefined : parseIgnoreCache(text);
    this.#cacheText = this.#cache && text;
    this.#answers.clear();
    this.#running.clear();
  }

  /** Never rejects. */
  async match(id: BanId, context: IgnoreContext): Promise<Ignored | undefined> {
    const command = this.#command;
    if (command === undefined) return undefined;
    const ignored = await this.#ask(command, id, context).catch((error: unknown) => {
      this.#complain(command, id, error instanceof Error ? error.message : String(error));
      return false;
    });
    return ignored ? { by: 'command', rule: command } : undefined;
  }

  async #ask(command: string, id: BanId, context: IgnoreContext): Promise<boolean> {
    const { shell, clock } = this.options;
    if (shell === undefined) throw new Error('there is no shell to run it');
    const cache = this.#cache;
    if (cache === undefined) return (await this.#run(command, id, context)) ?? false;
    const key = await shell.text(cache.key, id, context);
    const known = this.#answers.get(key);
    if (known && known.untilSec > clock.nowSec()) return known.ignored;
    const running = this.#running.get(key) ?? this.#askAnew(command, { id, context, key, cache });
    return running;
  }

  #askAnew(
    command: string,
    asked: { id: BanId; context: IgnoreContext; key: string; cache: IgnoreCacheSettings },
  ): Promise<boolean> {
    const { key, cache } = asked;
    const running = this.#run(command, asked.id, asked.context)
      .then((ignored) => {
        if (ignored !== undefined && this.#running.get(key) === running) this.#keep(key, ignored, cache);
        return ignored ?? false;
      })
      .finally(() => {
        if (this.#running.get(key) === running) this.#running.delete(key);
      });
    this.#running.set(key, running);
    return running;
  }

  /** @returns undefined when the command gave no answer */
  async #run(command: string, id: BanId, context: IgnoreContext): Promise<boolean | undefined> {
    const { shell } = this.options;
    const { status, reason } = await shell!.run(await shell!.fill(command, id, context));
    if (status === 0 || status === 1) return status === 0;
    this.#complain(command, id, reason ?? (status === undefined ? 'it was killed' : `it returned ${status}`));
    return undefined;
  }

  #keep(key: string, ignored: boolean, { maxCount, maxTimeSec }: IgnoreCacheSettings): void {
    if (maxCount === 0) return;
    this.#answers.delete(key);
    while (this.#answers.size >= maxCount) this.#answers.delete(this.#answers.keys().next().value!);
    this.#answers.set(key, { untilSec: this.options.clock.nowSec() + maxTimeSec, ignored });
  }

  #complain(command: string, { id }: BanId, reason: string): void {
    const { jail, log } = this.options;
    const message = `[${jail}] ignorecommand cannot tell whether to ignore ${id}: ${reason} (${command})`;
    log({ level: 'ERROR', logger: 'filter', message });
  }
}
