/** The door of the configuration room: what other rooms and commands may use of it. */

export { parseBrackets } from './brackets.js';
export type { Combined } from './combined.js';
export { plain, showCommand } from './commands.js';
export { ConfigFolder, type FindOptions, findConfig } from './find-config.js';
export { type LoadedConfig, type LoadOptions, loadConfig, type SkippedJail } from './load-config.js';
export { type LoadedFilter, type LoadFilterOptions, loadFilter } from './load-filter.js';
export type * from './plans.js';
export type { Problem, ProblemLevel } from './problems.js';
export { type StateOwner, type StatePaths, statePaths } from './state-paths.js';
export { parseTime, type Seconds, tryParseTime } from './times.js';
