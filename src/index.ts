/**
 * Every command by the name it is called by. oclif finds them here (package.json, oclif.commands).
 */
import CheckCommand from './commands/check.js';
import DumpCommand from './commands/dump.js';
import RegexCommand from './commands/regex.js';

export const COMMANDS = {
  check: CheckCommand,
  dump: DumpCommand,
  regex: RegexCommand,
};
