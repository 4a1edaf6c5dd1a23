/**
 * Daemon: can a jail run by this plan? Found out before anything is touched.
 *
 * Compiles what the matcher will compile, and looks up what it will need. Whether its logs are there is another matter:
 * a jail waits for them.
 */
import type { JailPlan } from '../config/plans.js';
import { ConfigError, F2bError, PatternError, showOrigin } from '../errors.js';
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
    void new FailureFinder(plan.filter, {
      ...{ jail: plan.name, clock, resolver, log: noLog },
      ...{ findTimeSec: undefined, mode: 'catch-up' },
    });
    void ignoreRules(plan, { clock, resolver, log: noLog });
    return undefined;
  } catch (error) {
    if (!(error instanceof F2bError)) throw error;
    return messageOf(error, plan);
  }
}

/** With its place, where that is known. */
function messageOf(error: F2bError, { filter }: JailPlan): string {
  const { prefregex, failregex, ignoreregex } = filter;
  const written = [prefregex, ...failregex, ...ignoreregex].find(
    (regex) => error instanceof PatternError && regex?.value === error.pattern,
  );
  const origin = error instanceof ConfigError ? error.origin : written?.origin;
  return origin ? `${showOrigin(origin)}: ${error.message}` : error.message;
}
