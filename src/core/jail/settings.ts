/**
 * What a jail works with: its plan with the server's defaults where nothing is written.
 *
 * JailPlan → JailSettings. Values may be changed while the jail runs (`set J maxretry 3`). Source: config.md §4.
 */
import type { JailPlan } from '../config/plans.js';

export interface JailSettings {
  maxRetry: number;
  /** Lines kept for each failing id and ban. */
  maxMatches: number;
  /** Ids that may be failing at once; who failed longest ago makes room. f2b's own setting. */
  maxFailing: number;
  findTimeSec: number;
  /** Whole seconds, -1 for ever. */
  banTimeSec: number;
  ignoreSelf: boolean;
  growth: GrowthSettings;
}

/** bantime.increment and its family, as texts where they are expressions. */
export interface GrowthSettings {
  increment: boolean;
  factor: string | undefined;
  formula: string | undefined;
  multipliers: string | undefined;
  maxTimeSec: number | undefined;
  rndTimeSec: number | undefined;
  overallJails: boolean;
}

/** Source: fail2ban's server, where the configuration says nothing; `maxFailing` has no like there. */
export const DEFAULT_SETTINGS = {
  maxRetry: 3,
  maxMatches: 5,
  maxFailing: 100_000,
  findTimeSec: 600,
  banTimeSec: 600,
} as const;

export function settingsOf({ growth, ...plan }: JailPlan): JailSettings {
  return {
    maxRetry: plan.maxRetry?.value ?? DEFAULT_SETTINGS.maxRetry,
    maxMatches: plan.maxMatches?.value ?? DEFAULT_SETTINGS.maxMatches,
    maxFailing: plan.maxFailing?.value ?? DEFAULT_SETTINGS.maxFailing,
    findTimeSec: plan.findTime?.value.seconds ?? DEFAULT_SETTINGS.findTimeSec,
    banTimeSec: Math.trunc(plan.banTime?.value.seconds ?? DEFAULT_SETTINGS.banTimeSec),
    ignoreSelf: plan.ignoreSelf?.value ?? true,
    growth: {
      increment: growth.increment?.value ?? false,
      factor: growth.factor?.value,
      formula: growth.formula?.value,
      multipliers: growth.multipliers?.value,
      maxTimeSec: growth.maxTime?.value.seconds,
      rndTimeSec: growth.rndTime?.value.seconds,
      overallJails: growth.overallJails?.value ?? false,
    },
  };
}
