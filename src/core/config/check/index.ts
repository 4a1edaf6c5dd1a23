/** The door of the check: what commands and views may use of it. */

export { type CheckOptions, type CheckReport, checkConfig } from './check-config.js';
export type { FormulaJudge } from './context.js';
export type { Finding, FindingLevel } from './finding.js';
