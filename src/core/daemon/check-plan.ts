/**
 * Daemon: can a jail run by this plan? Found out before anything is touched.
 *
 * Compiles what the matcher will compile, and looks up what it will need. Whether its logs are there is another matter:
 * a jail waits for them.
 */
import type { FilterPlan, JailPlan } from '../config/plans.js';
import { ConfigError, F2bError, type Origin, PatternError, showOrigin } from '../errors.js';
import { noLog } from '../events.js';
import { FailureFinder } from '../jail/found.js';
import { ignoreRules, type World } from '../jail/open-jail.js';
import { journalOptions, readsJournal } from '../jail/open-logs.js';
import { findEncoding } from '../source/encodings.js';

/** @returns why it cannot */
export async function mistakeIn(plan: JailPlan, world: World): Promise<string | undefined> {
  const { clock, resolver } = world;
  try {
    if (readsJournal(plan)) journalOptions(plan.backend.value);
    const encoding = plan.filter.logencoding?.value.toLowerCase() ?? 'auto';
    if (encoding !== 'auto') await findEncoding(encoding);
    compile(plan.filter, world);
    void ignoreRules(plan, { clock, resolver, log: noLog });
    return undefined;
  } catch (error) {
    if (!(error instanceof F2bError)) throw error;
    return messageOf(error, plan, world);
  }
}

/** With its place, where that is known. */
function messageOf(error: F2bError, plan: JailPlan, world: World): string {
  const origin =
    error instanceof ConfigError
      ? error.origin
      : error instanceof PatternError
        ? originOfRegex(plan.filter, world)
        : undefined;
  return origin ? `${showOrigin(origin)}: ${error.message}` : error.message;
}

/** The first expression that does not compile by itself. */
function originOfRegex(filter: FilterPlan, world: World): Origin | undefined {
  const none = { ...filter, prefregex: undefined, failregex: [], ignoreregex: [] };
  const alone = [
    ...(filter.prefregex ? [{ ...none, prefregex: filter.prefregex }] : []),
    ...filter.failregex.map((regex) => ({ ...none, failregex: [regex] })),
    ...filter.ignoreregex.map((regex) => ({ ...none, ignoreregex: [regex] })),
  ];
  const broken = alone.find((one) => {
    try {
      compile(one, world);
      return false;
    } catch {
      return true;
    }
  });
  return (broken?.prefregex ?? broken?.failregex[0] ?? broken?.ignoreregex[0])?.origin;
}

function compile(filter: FilterPlan, { clock, resolver }: World): void {
  void new FailureFinder(filter, {
    ...{ jail: '', clock, resolver, log: noLog },
    ...{ findTimeSec: undefined, mode: 'catch-up' },
  });
}
