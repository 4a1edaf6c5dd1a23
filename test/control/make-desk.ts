/** A desk over fake jails, made from configuration texts. */
import { ManualClock } from '../../src/core/clock.js';
import { locate } from '../../src/core/control/dispatch.js';
import { Desk, dispatch, globalsOf, overridePlan } from '../../src/core/control/index.js';
import { createResolver, type DnsLookups } from '../../src/core/net/dns.js';
import { MemoryStore } from '../../src/core/store/memory.js';
import { renderReply } from '../../src/view/reply.js';
import { type Files, load } from '../config/tree.js';
import { FakeJail } from './fake-jail.js';

/** 2026-11-21 08:54:23 UTC. */
export const NOW = 1_795_251_263;

export const LOOKUPS: DnsLookups = {
  async lookup(name) {
    if (name === 'host.example') return ['192.0.2.7', '2001:db8::7'];
    throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
  },
  reverse: async () => [],
};

export function makeDesk(files: Files, store = new MemoryStore()) {
  const clock = new ManualClock(NOW);
  const loaded = load(files, { mode: 'start' });
  if (loaded.fatal) throw loaded.fatal.error;
  const jails = new Map(
    loaded.jails.map((plan) => {
      const overridden = overridePlan(plan, store.overrides(plan.name));
      return [plan.name, new FakeJail(overridden, clock)];
    }),
  );
  const desk = new Desk({
    clock,
    resolver: createResolver({ lookups: LOOKUPS, clock }),
    version: '1.1.2.dev1',
    globals: globalsOf(loaded.global),
    jails,
    disabled: loaded.disabled,
    skipped: loaded.skipped,
    store: store,
  });
  /** What fail2ban-client would print for this. */
  const ask = async (...words: string[]): Promise<string> => {
    const value = await dispatch(desk, words);
    await desk.settle();
    return renderReply(locate(words).entry, words, value);
  };
  return { desk, jails, store, clock, ask, dir: loaded.dir };
}
