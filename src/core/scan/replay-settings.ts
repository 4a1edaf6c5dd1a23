/**
 * Replay: `maxretry=3` as a user writes it behind `--set` → the plan of a jail with that setting.
 *
 * Only what decides about failures that were found already: both settings of a comparison share one run of the filter.
 * Values are read as `f2b set JAIL` reads them.
 */
import type { JailPlan } from '../config/plans.js';
import { SETTINGS } from '../control/settings.js';
import { F2bError, UsageError } from '../errors.js';

/** A change of a setting, ready to be made. */
export interface SettingChange {
  readonly name: string;
  readonly value: string;
}

const DECIDING = [
  'maxretry',
  'findtime',
  'bantime',
  'maxmatches',
  'bantime.increment',
  'bantime.factor',
  'bantime.formula',
  'bantime.multipliers',
  'bantime.maxtime',
  'bantime.rndtime',
  'ignoreself',
  'ignorecommand',
  'ignorecache',
];
const NAMES = [...DECIDING, 'ignoreip'];

/** @throws {UsageError} no such setting, or nothing that can be compared */
export function parseChange(text: string): SettingChange {
  const at = text.indexOf('=');
  const name = (at < 0 ? text : text.slice(0, at)).trim().toLowerCase();
  if (!NAMES.includes(name)) {
    throw new UsageError(
      'replay-setting',
      `--set ${text}: there is no setting ${name} that can be compared`,
      {
        hint: `Settings are ${NAMES.join(', ')}.`,
      },
    );
  }
  if (at < 0) {
    throw new UsageError('replay-setting', `--set ${text}: it has no value`, {
      hint: `Write --set ${name}=VALUE.`,
    });
  }
  return { name, value: text.slice(at + 1).trim() };
}

/** @throws {UsageError} a value that its setting cannot have */
export function changePlan(plan: JailPlan, changes: readonly SettingChange[]): JailPlan {
  return changes.reduce(changeOne, plan);
}

function changeOne(plan: JailPlan, { name, value }: SettingChange): JailPlan {
  if (name === 'ignoreip') {
    const rules = value.split(/[\s,]+/).filter((rule) => rule !== '');
    return { ...plan, ignoreIp: rules.map((rule) => ({ value: rule })) };
  }
  try {
    const changed = SETTINGS.find((setting) => setting.name === name)?.write(plan, value) ?? plan;
    if (name === 'maxretry' && (changed.maxRetry?.value ?? 1) < 1) {
      throw new UsageError('replay-setting', 'a ban needs one failure at least');
    }
    return changed;
  } catch (error) {
    if (!(error instanceof F2bError)) throw error;
    throw new UsageError('replay-setting', `--set ${name}=${value}: ${error.message}`, {
      cause: error,
      hint: error.hint,
    });
  }
}
