import type { ActionMark, Failing, HeldBan, LogPosition, PastBan } from '../../src/core/records.js';

export const NOW = 1_700_000_000;

export function ban(id: string, more: Partial<HeldBan> = {}): HeldBan {
  return {
    id,
    family: id.includes(':') ? 'inet6' : 'inet4',
    jail: 'sshd',
    timeSec: NOW,
    timeKind: 'float',
    banTimeSec: 600,
    banCount: 1,
    failures: 3,
    matches: [{ text: `Failed password for root from ${id}`, regex: '/etc/f2b/filter.d/sshd.conf:31' }],
    data: { user: 'root' },
    restored: false,
    origin: 'log',
    marks: {},
    ...more,
  };
}

export function past(id: string, more: Partial<PastBan> = {}): PastBan {
  const { timeKind: _, restored: __, marks: ___, ...content } = ban(id);
  return { ...content, ...more };
}

/** The entry that a ban has in the history. */
export function entryOf({
  timeKind: _,
  restored: __,
  marks: ___,
  leaving: ____,
  ...content
}: HeldBan): PastBan {
  return content;
}

export function failing(id: string, more: Partial<Failing> = {}): Failing {
  return {
    id,
    family: 'inet4',
    timeSec: NOW + 0.25,
    timeKind: 'float',
    sinceSec: NOW - 30,
    weight: 2,
    failures: 2,
    matches: [{ text: 'a' }, { text: 'b' }],
    data: {},
    ...more,
  };
}

export const mark = (state: ActionMark['state'], more: Partial<ActionMark> = {}): ActionMark => ({
  state,
  atSec: NOW,
  step: 'ban',
  tries: 1,
  ...more,
});

export function position(path: string, more: Partial<LogPosition> = {}): LogPosition {
  return { path, offsetBytes: 788, firstLineHash: 'f603', tailHash: '77aa', ...more };
}
