/** Plans, bans, a journal that writes everything down, and a runner that runs nothing: for the tests of the action stage. */
import type {
  ActionJournal,
  ActionMemory,
  ActionOutcome,
  JailActions,
} from '../../src/core/action/actions.js';
import type { CommandResult, CommandRunner, RunOptions } from '../../src/core/action/command-runner.js';
import { type ActionDeps, openActions } from '../../src/core/action/open-actions.js';
import { Queue } from '../../src/core/action/queue.js';
import type { ShellCommand } from '../../src/core/action/shell-command.js';
import { ManualClock } from '../../src/core/clock.js';
import type { ActionPlan } from '../../src/core/config/plans.js';
import type { LogRecord } from '../../src/core/events.js';
import { parseAddress } from '../../src/core/net/address.js';
import type { Ban } from '../../src/core/records.js';

export interface PlanParts {
  readonly name?: string;
  readonly commands?: Readonly<Record<string, string>>;
  readonly extras?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
  readonly onDemand?: boolean;
  readonly repairOnUnban?: boolean;
  readonly noRestored?: boolean;
  readonly plugin?: string;
}

export function planOf(parts: PlanParts): ActionPlan {
  const sourced = <T>(value: T | undefined) => (value === undefined ? undefined : { value });
  const map = (from: Readonly<Record<string, string>> = {}) =>
    new Map(Object.entries(from).map(([key, value]) => [key, { value }]));
  const { name = 'a', commands, extras, properties, onDemand, repairOnUnban, noRestored, plugin } = parts;
  return {
    name,
    file: name,
    origin: undefined,
    plugin,
    commands: Object.fromEntries(map(commands)),
    startOnDemand: sourced(onDemand),
    repairOnUnban: sourced(repairOnUnban),
    noRestored: sourced(noRestored),
    properties: map({ name: 'j', actname: name, ...properties }),
    extras: map(extras),
  };
}

export function banOf(id: string, more: Partial<Ban> = {}): Ban {
  return {
    id,
    family: parseAddress(id)?.family,
    jail: 'j',
    timeSec: 1795281805,
    timeKind: 'float',
    banTimeSec: 600,
    banCount: 1,
    failures: 3,
    matches: [{ text: 'one line' }],
    data: {},
    restored: false,
    origin: 'log',
    ...more,
  };
}

export class Journal implements ActionJournal {
  readonly entries: string[] = [];
  readonly outcomes: ActionOutcome[] = [];

  begin(action: string, step: string, ids: readonly string[]): void {
    this.entries.push(`begin ${action} ${step} ${ids.join(' ')}`);
  }

  end(action: string, step: string, outcomes: readonly ActionOutcome[]): void {
    const shown = outcomes.map(
      ({ id, ok, skipped }) => `${id}=${skipped ? 'skipped' : ok ? 'ok' : 'failed'}`,
    );
    this.entries.push(`end ${action} ${step} ${shown.join(' ')}`);
    this.outcomes.push(...outcomes);
  }

  family(action: string, family: string, state: string | undefined): void {
    this.entries.push(`family ${action} ${family || '-'} ${state ?? 'stopped'}`);
  }
}

export const OK: CommandResult = {
  ok: true,
  exitCode: 0,
  signal: undefined,
  timedOut: false,
  startError: undefined,
  stdoutTail: '',
  stderrTail: '',
};

export type Answer = Partial<CommandResult> | boolean | undefined;

/** Notes every command and answers as `respond` says: true and undefined are success, false is status 1. */
export class FakeRunner implements CommandRunner {
  readonly commands: string[] = [];
  readonly inputs: string[] = [];
  shells = 0;

  constructor(public respond: (command: string, options: RunOptions) => Answer = () => true) {}

  async run({ command }: ShellCommand, options: RunOptions): Promise<CommandResult> {
    this.commands.push(command);
    if (options.input !== undefined) this.inputs.push(options.input);
    const answer = this.respond(command, options) ?? true;
    if (typeof answer === 'boolean') return answer ? OK : { ...OK, ok: false, exitCode: 1 };
    return { ...OK, ok: !('exitCode' in answer) || answer.exitCode === 0, ...answer };
  }

  many() {
    this.shells++;
    return { run: this.run.bind(this), close: async () => {} };
  }

  /** What was run since the last call. */
  take(): string[] {
    return this.commands.splice(0);
  }
}

export interface Opened {
  readonly actions: JailActions;
  readonly journal: Journal;
  readonly runner: FakeRunner;
  readonly log: LogRecord[];
  readonly repairs: string[];
}

export const NOTHING: ActionMemory = { families: [], holding: [], held: [] };

export function open(
  plans: readonly ActionPlan[],
  deps: Partial<ActionDeps> & { fake?: FakeRunner } = {},
): Opened {
  const journal = new Journal();
  const runner = deps.fake ?? new FakeRunner();
  const log: LogRecord[] = [];
  const repairs: string[] = [];
  const actions = openActions(plans, {
    jail: 'j',
    journal,
    memory: () => NOTHING,
    log: (record) => void log.push(record),
    resolver: { reverse: async () => undefined },
    clock: new ManualClock(1795281900.25),
    firewall: new Queue(),
    onRepair: (action, family) => void repairs.push(`${action} ${family || '-'}`),
    hostName: () => ({ full: 'vm.example.org', short: 'vm' }),
    runner,
    ...deps,
  });
  return { actions, journal, runner, log, repairs };
}
