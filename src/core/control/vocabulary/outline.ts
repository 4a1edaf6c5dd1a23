/** Vocabulary: what f2b's own client asks a server of ours, beyond what fail2ban's answers can say. */
import type { GlobalEntry } from '../entry.js';
import { type OutlinedBans, outlineOf } from '../outline.js';

const BANS: readonly OutlinedBans[] = ['all', 'unsettled', 'none'];

export const OUTLINE_ENTRY: GlobalEntry = {
  scope: 'global',
  name: 'f2b-outline',
  syntax: '[all|unsettled|none] [<JAIL>]',
  help: 'tells how the jails are, as JSON, for f2b itself',
  group: 'basic',
  internal: true,
  writes: false,
  run(desk, [word, jail]) {
    const bans = BANS.find((each) => each === word) ?? 'none';
    return JSON.stringify(outlineOf(desk, bans, jail));
  },
};
