/**
 * Runs in a network namespace of its own, bundled, and does what the test tells it: one JSON array `[method, ...args]` a
 * line in, one JSON answer a line out. The jail `j` of the configuration folder it is given, with the real engine and shell.
 */
import { createInterface } from 'node:readline';
import type { ActionMemory, ActionOutcome } from '../../src/core/action/actions.js';
import { openActions } from '../../src/core/action/open-actions.js';
import { ConfigFolder, loadConfig } from '../../src/core/config/index.js';
import type { LogRecord } from '../../src/core/events.js';
import { parseAddress } from '../../src/core/net/address.js';
import type { Ban } from '../../src/core/records.js';

const [dir, packageDir, memory] = process.argv.slice(2) as [string, string, string?];
const config = loadConfig({ folder: new ConfigFolder(dir, packageDir), mode: 'start', mayLackLogs: true });
const plan = config.jails.find(({ name }) => name === 'j');
if (!plan) throw new Error(JSON.stringify(config.problems.concat(config.skipped as never)));

const outcomes: ActionOutcome[] = [];
const log: LogRecord[] = [];
const remembered = JSON.parse(memory ?? 'null') as ActionMemory | null;
const actions = openActions(plan.actions, {
  jail: 'j',
  journal: { begin() {}, end: (_action, _step, what) => void outcomes.push(...what), family() {} },
  memory: () => remembered ?? { families: [], holding: [], held: [] },
  log: (record) => void log.push(record),
  resolver: { reverse: async () => undefined },
  hostName: () => ({ full: 'vm.example.org', short: 'vm' }),
});

type More = Partial<Ban>;
function banOf(id: string, more: More = {}): Ban {
  const lines = more.matches ?? [{ text: `one line about ${id}` }];
  const base = { jail: 'j', timeSec: 1795281805, timeKind: 'float', banTimeSec: 600, banCount: 1 } as const;
  const rest = { failures: 3, matches: lines, data: {}, restored: false, origin: 'log' } as const;
  return { id, family: parseAddress(id)?.family, ...base, ...rest, ...more };
}

/** What was carried out, and what was complained about. */
function report() {
  const errors = log.splice(0).filter(({ level }) => level === 'ERROR' || level === 'CRITICAL');
  const failed = outcomes.splice(0).filter(({ ok }) => !ok);
  return {
    failed,
    errors: errors.map(({ message }) => message).filter((text) => !text.includes(' -- exec: ')),
  };
}

const methods: Record<string, (...args: never[]) => Promise<unknown>> = {
  async start() {
    return { ...report(), checks: await actions.start() };
  },
  async ban(ids: string[], more: More) {
    await actions.ban(ids.map((id) => banOf(id, more)));
    return report();
  },
  async unban(ids: string[]) {
    await actions.unban(
      ids.map((id) => banOf(id)),
      'manual',
    );
    return report();
  },
  async reban(ids: string[]) {
    await actions.reban(ids.map((id) => banOf(id)));
    return report();
  },
  async flush(ids: string[]) {
    await actions.flush(
      ids.map((id) => banOf(id)),
      'stop',
    );
    return report();
  },
  async check() {
    const results = await actions.check();
    report();
    return results.map(({ family, state, reason }) => ({ family, state, reason }));
  },
  async verify(ids: string[]) {
    const found = await actions.verify(ids.map((id) => banOf(id)));
    return ids.map((id) => [...(found.get(id)?.values() ?? [])].join());
  },
  async stop() {
    await actions.stop();
    return report();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [method, ...args] = JSON.parse(line) as [string, ...never[]];
  const answer = await methods[method]?.(...args);
  console.log(JSON.stringify(answer ?? null));
}
