/**
 * Daemon: the matcher thread: reads logs and matches lines, so that the control desk never has to wait for either.
 *
 * Orders in, batches of failures out (messages.ts). Keeps nothing that matters: what it had not told is read again by
 * the next one. Runs in a worker thread (`matcher.ts` starts it); `runMatcher` is the same without one, for tests. The
 * same module reads a configuration, where it is started for that (load-thread.ts).
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../clock.js';
import { followLogs } from '../../jail/follow-logs.js';
import { createResolver } from '../../net/dns.js';
import { type LoadOrder, loadHere } from '../load-thread.js';
import { MatchJail } from './match-jail.js';
import { BEAT_MS, type FromMatcher, type MatchOrder, packed, type ToMatcher } from './messages.js';

export interface MatcherSetup {
  readonly allowIpv6: boolean;
  /** What `logencoding = auto` means. */
  readonly localeEncoding: string;
}

export interface MatcherPort {
  onMessage(listener: (message: ToMatcher) => void): void;
  tell(message: FromMatcher): void;
}

/** @returns ends all jails */
export function runMatcher(
  port: MatcherPort,
  { allowIpv6, localeEncoding }: MatcherSetup,
): () => Promise<void> {
  const jails = new Map<string, { readonly run: number; readonly work: MatchJail }>();
  const resolver = createResolver({ ipv6: allowIpv6 });
  const tell = (message: FromMatcher) => port.tell(message);
  const log = (record: Extract<FromMatcher, { kind: 'log' }>['record']) => tell({ kind: 'log', record });
  const follow = (order: MatchOrder) =>
    followLogs(order.plan, {
      positions: order.positions,
      localeEncoding,
      nowSec: systemClock.nowSec(),
      findTimeSec: order.findTimeSec,
    });
  const drop = (jail: string) => {
    const known = jails.get(jail);
    jails.delete(jail);
    return known?.work.stop();
  };
  const hear: { [K in ToMatcher['kind']]: (message: Extract<ToMatcher, { kind: K }>) => unknown } = {
    match: ({ order, run }) => {
      void drop(order.jail);
      const work = new MatchJail(order, { run, clock: systemClock, resolver, log, follow, tell });
      jails.set(order.jail, { run, work });
    },
    drop: ({ jail }) => drop(jail),
    done: ({ jail, run }) => {
      const known = jails.get(jail);
      if (known?.run === run) known.work.done();
    },
    addLog: ({ jail, path, mode }) => jails.get(jail)?.work.add(path, mode),
    removeLog: ({ jail, path }) => jails.get(jail)?.work.remove(path),
  };
  port.onMessage((message) => hear[message.kind](message as never));
  const beat = setInterval(() => tell({ kind: 'beat' }), BEAT_MS);
  return async () => {
    clearInterval(beat);
    await Promise.all([...jails.keys()].map(drop));
  };
}

if (parentPort) {
  const port = parentPort;
  const asked = workerData as MatcherSetup | { readonly load: LoadOrder };
  if ('load' in asked) port.postMessage(loadHere(asked.load));
  else {
    runMatcher(
      {
        onMessage: (listener) => port.on('message', listener),
        tell: (message) => port.postMessage(packed(message)),
      },
      asked,
    );
  }
}
