/**
 * Scan: a plan for a jail of which nothing is left but its actions: enough to take back what it has banned.
 */
import type { ActionPlan, FilterPlan, JailPlan } from '../config/plans.js';

export function barePlan(name: string, actions: readonly ActionPlan[]): JailPlan {
  const origin = undefined;
  return {
    ...{ name, origin, actions, filter: NO_FILTER },
    backend: { value: 'polling', origin },
    maxRetry: undefined,
    maxMatches: undefined,
    findTime: undefined,
    banTime: undefined,
    growth: {
      ...{ increment: undefined, factor: undefined, formula: undefined, multipliers: undefined },
      ...{ maxTime: undefined, rndTime: undefined, overallJails: undefined },
    },
    ...{ ignoreSelf: undefined, ignoreIp: [], ignoreCommand: undefined, ignoreCache: undefined },
    ...{ logPaths: [], commands: [] },
  };
}

const NO_FILTER: FilterPlan = {
  ...{ name: '', options: {}, prefregex: undefined, failregex: [], ignoreregex: [], maxlines: undefined },
  ...{ datepattern: undefined, usedns: undefined, logtimezone: undefined, logencoding: undefined },
  journalmatch: [],
};
