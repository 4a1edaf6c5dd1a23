/**
 * The public library: what another program may import (`import { … } from 'f2b'`).
 *
 * Names only, by room and in the order data flows; each is documented where it is defined. What is not named here may
 * change without notice. Nothing below prints, exits or reads the environment. README.md is the tour.
 */

export {
  type ActionDetails,
  Catalogue,
  type CatalogueOptions,
  type FilterDetails,
  type JailDetails,
} from './catalogue/index.js';
export { type Clock, ManualClock, systemClock } from './clock.js';
export {
  type Command,
  ConfigFolder,
  findConfig,
  type LoadedConfig,
  type LoadedFilter,
  loadConfig,
  loadFilter,
  parseTime,
  plain,
  showCommand,
} from './config/index.js';
export type { ActionPlan, FilterPlan, GlobalPlan, JailPlan } from './config/plans.js';
export * from './errors.js';
export { type ResolvedFailure, resolveFailure, type UseDns } from './filter/identity.js';
export { LineFilter, type LineFilterOptions } from './filter/line-filter.js';
export type {
  Failure,
  Groups,
  Identity,
  LineOutcome,
  LogLine,
  RegexHit,
  Verdict,
} from './filter/outcome.js';
export { IpAddress, identify, parseAddress } from './net/address.js';
export { createResolver, type Resolver } from './net/dns.js';
export { type Match, Pattern, type PatternOptions } from './pattern/pattern.js';
export { expandTags } from './pattern/tags.js';
export { type Encoding, findEncoding, UTF8_ENCODING } from './source/encodings.js';
export { openFile, openStream } from './source/file.js';
export { type JournalOptions, openJournal } from './source/journal.js';
export type { LineBatch, LineSource, SourceCounts, SourceLine } from './source/line.js';
export { textSource } from './source/text.js';
export { classifyLog, openLog } from './tester/log-input.js';
export { type PreparedTest, prepareTest, type TestRequest } from './tester/prepare.js';
export type { TestResult } from './tester/result.js';
export { runOutput, runTest } from './tester/run-test.js';
export { DateDetector, type DetectorOptions, type Stamp } from './time/detector.js';
