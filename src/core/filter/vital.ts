/**
 * The few groups that decide what a hit is: of which session, about whom, context or failure.
 *
 * Everything else a match captured is only read when somebody asks for it (record.ts), as most lines never make a
 * failure.
 */
import type { Groups } from './outcome.js';

/** The groups that name somebody; null where none took part. */
export interface Who {
  readonly fid: unknown;
  readonly ip4: unknown;
  readonly ip6: unknown;
  readonly dns: unknown;
  readonly cidr: unknown;
}

export interface Vital {
  readonly mlfid: unknown;
  readonly mlfforget: unknown;
  readonly mlfgained: unknown;
  readonly nofail: unknown;
  readonly user: unknown;
  readonly who: Who;
}

export const NOBODY: Who = Object.freeze({ fid: null, ip4: null, ip6: null, dns: null, cidr: null });

/** Vital groups by a function that answers null where a group took no part. */
export function readVital(get: (name: (typeof VITAL_NAMES)[number]) => unknown): Vital {
  return {
    mlfid: get('mlfid'),
    mlfforget: get('mlfforget'),
    mlfgained: get('mlfgained'),
    nofail: get('nofail'),
    user: get('user'),
    who: { fid: get('fid'), ip4: get('ip4'), ip6: get('ip6'), dns: get('dns'), cidr: get('cidr') },
  };
}

export const VITAL_NAMES = [
  'mlfid',
  'mlfforget',
  'mlfgained',
  'nofail',
  'user',
  'fid',
  'ip4',
  'ip6',
  'dns',
  'cidr',
] as const;

/** Groups that know their vital ones already. */
export interface VitalGroups extends Groups {
  readonly vital: Vital;
}

export function vitalOf(groups: Groups): Vital {
  const known = (groups as Partial<VitalGroups>).vital;
  return known ?? readVital((name) => groups.get(name) ?? null);
}

/** Groups that know whom they name. */
export interface NamedGroups extends Groups {
  readonly who: Who;
}

export function whoOf(groups: Groups): Who {
  return (groups as Partial<NamedGroups>).who ?? vitalOf(groups).who;
}

/** `own` over `base`, value by value, as groups of a session are laid over those before. */
export function laidOver(base: Who, own: Who): Who {
  if (own === NOBODY) return base;
  if (base === NOBODY) return own;
  return {
    fid: own.fid ?? base.fid,
    ip4: own.ip4 ?? base.ip4,
    ip6: own.ip6 ?? base.ip6,
    dns: own.dns ?? base.dns,
    cidr: own.cidr ?? base.cidr,
  };
}
