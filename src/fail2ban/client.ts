/**
 * What fail2ban-client does with a command: asks the server, starts, restarts or reloads it; shows or tests a configuration.
 *
 * The server that is started is f2b's, the server that is asked may be either. Source: client.md §1, §2; fail2ban 1.0.2, run.
 */
import { lstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Silent } from '../commands/base.js';
import { readConfigStream } from '../commands/config-stream.js';
import type { LoadedConfig } from '../core/config/index.js';
import { CommandError, type Entry, locate, type Value } from '../core/control/index.js';
import { ask, isAnswering, WireError } from '../core/control/wire/index.js';
import { F2bError } from '../core/errors.js';
import { str } from '../core/python-repr.js';
import { renderCommands } from '../view/dump.js';
import { renderReply } from '../view/reply.js';
import type { ClientLog } from './client-log.js';
import type { Fail2banLine } from './command-line.js';
import { usageText } from './help.js';
import { print } from './print.js';

export interface Fail2banProgram {
  readonly program: 'fail2ban-client' | 'fail2ban-server';
  /** Folder of the package. */
  readonly root: string;
}

interface ClientParts extends Fail2banProgram {
  readonly log: ClientLog;
  /** Of the server. */
  readonly socket: string;
}

/** Each method answers whether it went well, and has said what there is to say. */
export class Client {
  constructor(
    private readonly line: Fail2banLine,
    private readonly parts: ClientParts,
  ) {}

  async run(): Promise<boolean> {
    const { dump, test, interactive, words } = this.line;
    const { program } = this.parts;
    if (dump !== undefined) return this.#dump(dump);
    if (test) {
      if (!this.#test()) return false;
      if (words.length === 0 && !interactive) {
        print('OK: configuration test is successful');
        return true;
      }
    }
    if (interactive) {
      const { converse } = await import('./interactive.js');
      return converse((typed) => this.command(typed), { program, log: this.parts.log });
    }
    if (words.length > 0) return this.command(words);
    if (program === 'fail2ban-server') return this.#start();
    print(usageText(program));
    return false;
  }

  async command(words: readonly string[]): Promise<boolean> {
    const { log } = this.parts;
    const [first, ...rest] = words;
    try {
      if (first === 'start' && rest.length === 0) return await this.#start();
      if (first === 'restart')
        return await (rest.length === 0 ? this.#restart() : this.#reload(['--restart', ...rest]));
      if (first === 'reload') return await this.#reload(rest);
      if (first === 'ping' && rest.length === 1) return await this.#ask(['ping'], pingSec(rest[0] as string));
      return await this.#ask(words);
    } catch (error) {
      // It has said everything.
      if (error instanceof Silent) return false;
      if (!(error instanceof F2bError)) throw error;
      if (error instanceof CommandError) {
        log.error(`NOK: ${error.argsText}`);
        print(error.message);
      } else log.error(error.message);
      return false;
    }
  }

  /** Sends the words and shows the answer. */
  async #ask(words: readonly string[], timeoutSec?: number): Promise<boolean> {
    const options = timeoutSec === undefined ? {} : { timeoutMs: timeoutSec * 1000 };
    this.#show(words, await ask(this.parts.socket, words, options));
    return true;
  }

  #show(words: readonly string[], value: Value): void {
    print(renderReply(entryOf(words), words, value));
  }

  async #isRunning(): Promise<boolean> {
    try {
      await ask(this.parts.socket, ['ping'], { timeoutMs: this.line.timeoutSec * 1000 });
      return true;
    } catch (error) {
      if (error instanceof WireError && (error.kind === 'no-socket' || error.kind === 'no-answer'))
        return false;
      throw error;
    }
  }

  async #start(): Promise<boolean> {
    const { log, root, socket } = this.parts;
    const { config, overrides, force, foreground } = this.line;
    if (await this.#isRunning()) {
      log.error('Server already running');
      return false;
    }
    const loaded = this.#load();
    if (!loaded?.usable) return false;
    if (!force && lstatSync(socket, { throwIfNoEntry: false })) {
      log.error('Fail2ban seems to be in unexpected state (not running but the socket exists)');
      return false;
    }
    const wanted = { config, root, force, overrides };
    if (foreground) {
      const { runServer } = await import('../commands/server-run.js');
      await runServer({ ...wanted, onReady: () => print('Server ready') });
      return true;
    }
    const { startInBackground } = await import('../commands/server-start.js');
    try {
      await startInBackground(wanted, this.line.isTimeoutGiven ? this.line.timeoutSec : undefined);
    } catch (error) {
      if (!(error instanceof F2bError) || error.code !== 'start-late') throw error;
      log.error(`Could not start server: ${error.message}. ${error.hint}`);
      return false;
    }
    print('Server ready');
    return this.#tellFailures(loaded);
  }

  /** Jails that the configuration has, but that could not be started. */
  async #tellFailures({ skipped }: LoadedConfig): Promise<boolean> {
    const { failed } = (await this.#health()) ?? { failed: [] };
    const fresh = failed.filter(({ name }) => !skipped.some((each) => each.name === name));
    for (const { message } of fresh) this.parts.log.error(message);
    return fresh.length === 0;
  }

  async #health(): Promise<{ failed: readonly { name: string; message: string }[] } | undefined> {
    try {
      const value = await ask(this.parts.socket, ['f2b-health']);
      const failed = value instanceof Map ? value.get('failed') : undefined;
      const items = Array.isArray(failed) ? failed.filter((item) => item instanceof Map) : [];
      return {
        failed: items.map((item) => ({ name: str(item.get('name')), message: str(item.get('message')) })),
      };
    } catch (error) {
      if (error instanceof F2bError) return undefined;
      throw error;
    }
  }

  async #restart(): Promise<boolean> {
    const { log, socket } = this.parts;
    try {
      await this.#ask(['stop']);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      log.error(error.message);
    }
    const deadline = performance.now() + this.line.timeoutSec * 1000;
    while (await isAnswering(socket)) {
      if (performance.now() > deadline) {
        log.error('Could not stop the server');
        return false;
      }
      await sleep(50);
    }
    return this.#start();
  }

  async #reload(words: readonly string[]): Promise<boolean> {
    const { log, socket, root } = this.parts;
    const { reloadWords } = await import('../commands/reload-words.js');
    const { jail, options } = reloadWords(words);
    if (!(await this.#isRunning())) {
      log.error('Could not find server');
      return false;
    }
    const { config, overrides } = this.line;
    let stream: readonly Value[];
    try {
      const { loaded, commands } = readConfigStream({ config, root, jail, overrides });
      this.#tellProblems(loaded);
      stream = commands;
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      log.error(`Failed during configuration: ${error.message}`);
      return false;
    }
    const value = await ask(socket, ['reload', jail ?? '--all', options, stream], { timeoutMs: 0 });
    this.#show(['reload'], value);
    return true;
  }

  #dump(format: 'lines' | 'pretty'): boolean {
    const loaded = this.#load();
    if (!loaded) {
      print('ERROR: The configuration stream failed because of the invalid syntax.');
      this.parts.log.error('Init of command line failed');
      return false;
    }
    for (const text of renderCommands(loaded.stream(), format)) process.stdout.write(text);
    return loaded.usable;
  }

  #test(): boolean {
    const loaded = this.#load();
    if (loaded && loaded.skipped.length === 0) return true;
    this.parts.log.error('ERROR: test configuration failed');
    return false;
  }

  /** Undefined when fail2ban would refuse it; it is said why. */
  #load(): LoadedConfig | undefined {
    const { config, overrides } = this.line;
    try {
      const { loaded } = readConfigStream({ config, root: this.parts.root, overrides });
      this.#tellProblems(loaded);
      return loaded;
    } catch (error) {
      if (!(error instanceof F2bError)) throw error;
      this.parts.log.error(`Failed during configuration: ${error.message}`);
      return undefined;
    }
  }

  #tellProblems({ problems }: LoadedConfig): void {
    for (const { level, code, message } of problems) {
      if (level === 'fatal' || (level === 'notice' && code !== 'default-used')) continue;
      this.parts.log.say(level === 'error' ? 'ERROR' : 'WARNING', message, 'configreader');
    }
  }
}

/** @throws {F2bError} it is no number */
function pingSec(word: string): number {
  const seconds = Number(word);
  if (word.trim() !== '' && Number.isFinite(seconds)) return seconds;
  throw new F2bError('usage', `could not convert string to float: '${word}'`);
}

/** How the answer is shown; words that f2b does not know are shown as they come. */
function entryOf(words: readonly string[]): Pick<Entry, 'show'> {
  try {
    return locate(words).entry;
  } catch (error) {
    if (error instanceof CommandError) return {};
    throw error;
  }
}
